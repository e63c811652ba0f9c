# SPDX-License-Identifier: Apache-2.0
"""Install our Python packages so that edits are live and the command is on the path."""

from workspace_setup.commands import run
from workspace_setup.layout import Layout, python_tag
from workspace_setup.stamps import Stamps, digest


def install_packages(layout: Layout, stamps: Stamps) -> None:
    """Install every package in editable form, in one call, when a manifest changed."""
    folders = layout.python_packages()
    manifests = [f / name for f in folders for name in ('setup.py', 'setup.cfg', 'package.xml')]
    wanted = digest([python_tag(), *(str(f) for f in folders)], manifests)
    if stamps.is_current('packages', wanted):
        return
    print(f'pip install -e {" ".join(f.name for f in folders)}', flush=True)
    command = [str(layout.python), '-m', 'pip', 'install']
    command += ['--quiet', '--disable-pip-version-check']
    # The old-fashioned editable install makes no console scripts, hence --use-pep517.
    command += ['--no-deps', '--no-build-isolation', '--use-pep517']
    command += [word for folder in folders for word in ('-e', str(folder))]
    run(
        command,
        env=layout.child_environment(),
        remedy='The message of pip above names the package whose setup.py is at fault.',
    )
    stamps.write('packages', wanted)
