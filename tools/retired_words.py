# SPDX-License-Identifier: Apache-2.0
"""Refuse words that the project has given up; CHANGELOG.md lists them with what to write instead.

A word is found whatever its letter case, alone or as a part of a name (``snake_case``,
``CamelCase``), in texts and in the names of files.
"""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

HEADING = '### Retired words'
# Where the words are allowed: the list itself, foreign interfaces, and recorded data.
EXCLUDED = (
    'CHANGELOG.md',
    'LICENSE',
    'constraints.txt',
    'interfaces/',
    'src/simlingo_core/simlingo_core/gist.py',  # as passengers speak
    'src/simlingo_core/simlingo_core/known_words.py',
    'src/simlingo_core/simlingo_core/turn_patterns.py',
    'src/simlingo_model/simlingo_model/language_corpus.py',  # as the tokenizer was trained on it
    'tests/golden/data/',
)
# Other suffixes are of recorded or binary data; the names of such files are checked, too.
TEXT_SUFFIXES = {
    '',
    '.action',
    '.cff',
    '.cfg',
    '.md',
    '.msg',
    '.py',
    '.sh',
    '.srv',
    '.toml',
    '.txt',
    '.xml',
    '.yaml',
    '.yml',
}

_PIECE = re.compile(r'[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+')


def read_list(changelog: str) -> dict[tuple[str, ...], str]:
    """Return each retired word, split into its parts, with what to write instead.

    Raises:
        ValueError: If the changelog has no table of retired words.
    """
    _, found, rest = changelog.partition(HEADING)
    section = re.split(r'^#', rest, maxsplit=1, flags=re.MULTILINE)[0]
    rows = re.findall(r'^\| ([^|]+) \| ([^|]+) \|$', section, re.MULTILINE)
    words = {
        split_words(word): instead.strip()
        for retired, instead in rows[1:]
        if not set(retired) <= set('- :')
        for word in retired.split(',')
    }
    if not found or not words:
        raise ValueError(f'CHANGELOG.md has no table below the heading "{HEADING}"')
    return words


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in small letters; names fall into their parts."""
    return tuple(match[0].lower() for match in _PIECE.finditer(text))


def find_in_text(
    text: str, words: Mapping[tuple[str, ...], str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line number (from 1) and word of every retired word in a text."""
    pieces = [(match.start(), match[0].lower()) for match in _PIECE.finditer(text)]
    firsts = {word[0] for word in words}
    for index, (start, piece) in enumerate(pieces):
        if piece not in firsts:
            continue
        for word in words:
            if tuple(p for _, p in pieces[index : index + len(word)]) == word:
                yield text.count('\n', 0, start) + 1, word


def check_tree(root: Path) -> list[str]:
    """Return one line for every retired word in the tracked and new files of a clone."""
    words = read_list((root / 'CHANGELOG.md').read_text())
    problems = []
    for name in list_files(root):
        if name.startswith(EXCLUDED):
            continue
        found = [(0, word) for _, word in find_in_text(name, words)]
        if Path(name).suffix in TEXT_SUFFIXES:
            found += find_in_text((root / name).read_text(), words)
        problems += [
            f'{name}:{line}: "{" ".join(word)}" is retired; write: {words[word]}'
            for line, word in found
        ]
    return problems


def list_files(root: Path) -> list[str]:
    """Return the files that git tracks or would track, relative to the root.

    Where there is no clone, as in the image of a container, what .gitignore names is left out.
    """
    if not (root / '.git').exists():
        return sorted(_files_not_ignored(root))
    command = ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.split('\0') if name and (root / name).is_file())


def _files_not_ignored(root: Path) -> Iterator[str]:
    gitignore = root / '.gitignore'
    patterns = gitignore.read_text().split() if gitignore.is_file() else []
    at_root = {pattern.strip('/') for pattern in patterns if pattern.startswith('/')}
    anywhere = [pattern.strip('/') for pattern in patterns if not pattern.startswith('/')]
    for folder, folders, files in os.walk(root):
        is_root = Path(folder) == root
        folders[:] = [
            name
            for name in folders
            if not (is_root and name in at_root)
            and not any(fnmatch.fnmatch(name, pattern) for pattern in anywhere)
        ]
        yield from (Path(folder, name).relative_to(root).as_posix() for name in files)


def main() -> int:
    """Check the tree that this file belongs to; return the exit code."""
    problems = check_tree(Path(__file__).resolve().parents[1])
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
