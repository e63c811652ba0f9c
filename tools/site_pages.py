# SPDX-License-Identifier: Apache-2.0
"""Pages of the documentation site that are not in docs/; MkDocs calls the functions (mkdocs.yml).

README, CONTRIBUTING and their like stay where a reader of the repository looks for them, and the
API pages are made from the docstrings, so that nothing is written twice.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NAMES = {
    'README.md': 'index.md',
    'CHANGELOG.md': 'changelog.md',
    'CONTRIBUTING.md': 'contributing.md',
    'SECURITY.md': 'security.md',
    'docker/README.md': 'containers.md',
    'examples/README.md': 'examples.md',
}
_LINK = re.compile(r'\[([^\]]*)\]\(([^)#:]+)(#[^)]*)?\)')
INTERFACE_KINDS = {'msg': 'Messages', 'srv': 'Services', 'action': 'Actions'}


def on_config(config: Any) -> Any:
    """Add the sections of packages and API to the navigation."""
    readmes = [page for page in repository_pages().values() if page.startswith('packages/')]
    config.nav[-1:-1] = [{'Packages': readmes}, {'API': [*api_pages()]}]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages."""
    from mkdocs.structure.files import File

    for source, page in repository_pages().items():
        text = (ROOT / source).read_text()
        files.append(File.generated(config, page, content=relink(text, source)))
    for page, text in api_pages().items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Turn links of the pages in docs/ that lead out of it."""
    path = page.file.abs_src_path
    if path is None or not Path(path).is_relative_to(ROOT / 'docs'):
        return markdown
    return relink(markdown, Path(path).relative_to(ROOT).as_posix())


def repository_pages() -> dict[str, str]:
    """Return the Markdown files outside docs/ that become pages, with their place in the site."""
    pages = {name: page for name, page in NAMES.items() if (ROOT / name).is_file()}
    for path in sorted([*ROOT.glob('src/*/README.md'), *ROOT.glob('[lt]*/README.md')]):
        if (path.parent / 'package.xml').is_file():
            manifest = (path.parent / 'package.xml').read_text()
            name = re.findall('<name>(.*)</name>', manifest)[0]
            pages[path.relative_to(ROOT).as_posix()] = f'packages/{name}.md'
    return pages


def relink(text: str, source: str) -> str:
    """Return a page's text with its links as the site needs them.

    A link to what is not part of the site becomes plain text.

    Args:
        text: Markdown.
        source: The file that it is from, relative to the root of the repository.
    """
    pages = repository_pages()
    here = Path(place_in_site(source, pages) or source).parent

    def turn(match: re.Match[str]) -> str:
        words, target, anchor = match[1], match[2], match[3] or ''
        place = place_in_site(os.path.normpath(Path(source).parent / target), pages)
        if place is None:
            return words
        return f'[{words}]({os.path.relpath(place, here)}{anchor})'

    return _LINK.sub(turn, text)


def place_in_site(path: str, pages: dict[str, str]) -> str | None:
    """Return where a file of the repository is in the site; None: it is not part of it."""
    if path.startswith('docs/'):
        return path.removeprefix('docs/')
    return pages.get(path)


def package_folders() -> list[Path]:
    """Return the folders of the Python packages, sorted by name."""
    inits = [
        path
        for top in ('src/*', 'launch', 'training')
        for path in ROOT.glob(f'{top}/simlingo_*/__init__.py')
    ]
    return sorted((path.parent for path in inits), key=lambda folder: folder.name)


def api_pages() -> dict[str, str]:
    """Return the API pages: one for each folder with modules, and one for the messages."""
    pages = {'api/simlingo_msgs.md': interface_page()}
    for package in package_folders():
        for folder in sorted({path.parent for path in package.rglob('*.py')}):
            name = '.'.join(folder.relative_to(package.parent).parts)
            modules = [*module_names(folder, name)]
            if modules:
                blocks = ''.join(f'\n::: {module}\n' for module in modules)
                pages[f'api/{name}.md'] = f'# {name}\n{blocks}'
    return pages


def module_names(folder: Path, package: str) -> Iterator[str]:
    """Yield the public modules of a folder, the package itself first."""
    for path in sorted(folder.glob('*.py')):
        if not path.stem.startswith('_'):
            yield f'{package}.{path.stem}'


def interface_page() -> str:
    """Return the page of our messages, services and the action: their definitions."""
    text = '# simlingo_msgs\n'
    for kind, title in INTERFACE_KINDS.items():
        text += f'\n## {title}\n'
        for path in sorted((ROOT / 'src' / 'simlingo_msgs' / kind).glob(f'*.{kind}')):
            text += f'\n### {path.stem}\n\n```\n{path.read_text().strip()}\n```\n'
    return text
