# SPDX-License-Identifier: Apache-2.0
"""The environment in which the supervisor and its nodes run."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from enum import StrEnum

from simlingo_bringup.share import find_share
from simlingo_ros.dds import PROFILE_VARIABLES

DISCOVERY_PROFILE = 'fastdds_discovery.xml'


class DiscoveryRange(StrEnum):
    """How far nodes look for each other."""

    LOCALHOST = 'localhost'
    SUBNET = 'subnet'
    OFF = 'off'


def prepare_environment(
    environment: MutableMapping[str, str] = os.environ,
    *,
    domain_id: int | None = None,
    discovery: DiscoveryRange | None = None,
) -> None:
    """Set domain, discovery range and discovery profile; what the user has set is kept.

    Args:
        environment: is changed; this process's own by default, since it takes part in the graph.
        domain_id: 0 to 232, or None to leave it.
        discovery: how far nodes look for each other, or None to leave it.
    """
    if not any(environment.get(name) for name in PROFILE_VARIABLES):
        environment[PROFILE_VARIABLES[0]] = str(find_share('config', DISCOVERY_PROFILE))
    if domain_id is not None:
        environment['ROS_DOMAIN_ID'] = str(domain_id)
    if discovery is not None:
        environment['ROS_AUTOMATIC_DISCOVERY_RANGE'] = discovery.upper()
        if environment.get('ROS_DISTRO') == 'humble':
            # Humble knows this one only; newer releases warn about it.
            environment['ROS_LOCALHOST_ONLY'] = str(int(discovery is DiscoveryRange.LOCALHOST))


def user_environment() -> dict[str, str]:
    """Return the environment without a profile that is ours.

    A process that has prepared its own environment may start ``simlingo up``, whose nodes must
    not take our profile for one that the user has chosen: publishers of images would be left
    without room for them.
    """
    own = str(find_share('config', DISCOVERY_PROFILE))
    return {
        name: value
        for name, value in os.environ.items()
        if name not in PROFILE_VARIABLES or value != own
    }


def node_environment() -> dict[str, str]:
    """Return the environment of the nodes: line-wise output, short log lines."""
    defaults = {
        'PYTHONUNBUFFERED': '1',
        'RCUTILS_CONSOLE_OUTPUT_FORMAT': '[{severity}] {message}',
        'RCUTILS_COLORIZED_OUTPUT': '0',
    }
    return {**defaults, **os.environ}
