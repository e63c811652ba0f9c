# SPDX-License-Identifier: Apache-2.0
"""What a campaign was run with: command, settings, versions and commit."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from simlingo_core.files import write_atomically
from simlingo_evaluation.campaign import Campaign

PACKAGES = ('simlingo_evaluation', 'simlingo_sim', 'libsumo', 'carla', 'panda3d', 'numpy', 'torch')


def write_manifest(campaign: Campaign) -> None:
    """Write ``manifest.json`` into the folder of the campaign."""
    manifest = {
        'command': sys.argv,
        'started': datetime.now(UTC).isoformat(timespec='seconds'),
        **campaign.settings(),
        'versions': {name: _version(name) for name in PACKAGES},
        'git_commit': _git_commit(),
    }
    write_atomically(campaign.folder / 'manifest.json', json.dumps(manifest, indent=1))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return 'not installed'


def _git_commit() -> str:
    """Return the commit of this source tree, empty outside one."""
    try:
        answer = subprocess.run(
            ['git', 'rev-parse', 'HEAD'],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ''
    return answer.stdout.strip()
