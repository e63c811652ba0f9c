# SPDX-License-Identifier: Apache-2.0
"""Build the interface packages with colcon straight into the virtual environment."""

from pathlib import Path

from workspace_setup.commands import run
from workspace_setup.layout import Layout, python_tag
from workspace_setup.stamps import Stamps, digest

_REMEDY = 'The compiler output above and the folder log/ say why.'


def is_in_underlay(layout: Layout, stamps: Stamps, package: Path) -> bool:
    """Say whether somebody else's package of this name is installed already.

    A stand-in that we installed earlier does not count: it is known by its stamp or, should the
    stamps be lost, by its manifest.
    """
    installed = layout.venv / 'share' / package.name / 'package.xml'
    if not installed.is_file() or stamps.is_known(package.name):
        return False
    return installed.read_bytes() != (package / 'package.xml').read_bytes()


def outdated_packages(layout: Layout, stamps: Stamps) -> dict[Path, str]:
    """Return the packages to build, each with the digest of its inputs."""
    candidates = layout.own_interfaces()
    candidates += [p for p in layout.stand_ins() if not is_in_underlay(layout, stamps, p)]
    digests = {package: digest([python_tag()], [package]) for package in candidates}
    return {p: value for p, value in digests.items() if not stamps.is_current(p.name, value)}


def build_interfaces(layout: Layout, stamps: Stamps) -> None:
    """Build what changed; the packages can then be imported with nothing sourced."""
    outdated = outdated_packages(layout, stamps)
    if not outdated:
        return
    print(f'colcon build {" ".join(p.name for p in outdated)}', flush=True)
    env = layout.child_environment()
    env['AMENT_PREFIX_PATH'] = env['CMAKE_PREFIX_PATH'] = str(layout.venv)
    command: list[str | Path] = [layout.venv / 'bin' / 'colcon']
    command += ['--log-base', layout.root / 'log' / 'setup', 'build', '--merge-install']
    command += ['--base-paths', *outdated, '--install-base', layout.venv]
    command += ['--build-base', layout.root / 'build' / 'setup', '--cmake-clean-cache']
    command += ['--cmake-args', '-DCMAKE_BUILD_TYPE=Release', '-DBUILD_TESTING=OFF']
    command += [f'-DPython3_EXECUTABLE={layout.python}']
    run(command, env=env, cwd=layout.root, remedy=_REMEDY)
    for package, value in outdated.items():
        stamps.write(package.name, value)
