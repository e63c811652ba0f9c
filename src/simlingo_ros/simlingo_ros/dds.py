# SPDX-License-Identifier: Apache-2.0
"""Environment of ROS processes: image transport profile, discovery range, package index."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

PROFILE_VARIABLES = ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE')


def profile_path() -> Path:
    """Return the Fast DDS profile with a shared-memory segment that holds raw images."""
    return Path(str(files('simlingo_ros') / 'data' / 'fastdds.xml'))


def dds_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables to set for a process that publishes raw images.

    Only such a process needs it (each participant takes 17 MB of /dev/shm); subscribers need
    nothing.  A profile chosen by the user is kept.  Humble and Jazzy read the older name of the
    variable; newer releases print a warning about it, so it is set for those two only.

    Args:
        environment: as the user has set it.
    """
    if any(environment.get(name) for name in PROFILE_VARIABLES):
        return {}
    is_old = environment.get('ROS_DISTRO') in {'humble', 'iron', 'jazzy'}
    return {PROFILE_VARIABLES[1 if is_old else 0]: str(profile_path())}


def local_environment(domain_id: int) -> dict[str, str]:
    """Return the variables that keep a process on this machine and in one domain."""
    variables = {
        'ROS_DOMAIN_ID': str(domain_id),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    }
    if os.environ.get('ROS_DISTRO') == 'humble':  # newer releases print a warning about it
        variables['ROS_LOCALHOST_ONLY'] = '1'
    return variables


def index_prefixes() -> list[Path]:
    """Return where packages may be installed: the sourced prefixes, then this environment.

    Wheels do not set ``AMENT_PREFIX_PATH``, so the environment's own prefix is appended.
    """
    sourced = [Path(part) for part in os.environ.get('AMENT_PREFIX_PATH', '').split(':') if part]
    own = Path(sys.prefix)
    return sourced if own in sourced else [*sourced, own]
