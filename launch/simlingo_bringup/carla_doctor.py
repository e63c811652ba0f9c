# SPDX-License-Identifier: Apache-2.0
"""Judge what a CARLA server says of itself: one finding per check, with a remedy.

Pure: facts go in (``simlingo_carla.server_facts``), findings come out.
"""

from __future__ import annotations

from collections.abc import Mapping

from simlingo_bringup.doctor import Finding, Status
from simlingo_carla.server_facts import ServerFacts
from simlingo_core.frame import TICK_PERIOD_S

WANTED_SENSORS: Mapping[str, str] = {
    'sensor.camera.rgb': 'camera',
    'sensor.other.imu': 'IMU',
    'sensor.other.gnss': 'satellite fix',
}
PROFILE_VARIABLES = ('FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_DEFAULT_PROFILES_FILE')
_PAGE = 'docs/how-to/carla.md'


def judge_server(facts: ServerFacts, environment: Mapping[str, str]) -> list[Finding]:
    """Return the findings about a server.

    Args:
        facts: what was found.
        environment: variables of this process, for the profile of Fast DDS.
    """
    if facts.error:
        return [
            Finding(
                check='CARLA server',
                status=Status.ERROR,
                found=facts.error,
                wanted=f'a server at {facts.address}',
                remedy=f'start it, or give its address: --carla HOST:PORT; see {_PAGE}',
            )
        ]
    return [_version(facts), _clock(facts), _car(facts), _sensors(facts), _dds(environment)]


def _version(facts: ServerFacts) -> Finding:
    is_same = facts.server_version == facts.client_version
    return Finding(
        check='CARLA server',
        status=Status.OK if is_same else Status.WARNING,
        found=f'{facts.server_version} with {facts.town}, client {facts.client_version}',
        wanted='the same version',
        remedy='' if is_same else f'pip install carla=={facts.server_version}',
    )


def _clock(facts: ServerFacts) -> Finding:
    found = 'synchronous' if facts.is_synchronous else 'asynchronous'
    found += f', {facts.period_s:g} s a tick' if facts.period_s else ', no fixed tick'
    found += '' if facts.has_ticked else ', time stands still'
    is_right = facts.is_synchronous and abs(facts.period_s - TICK_PERIOD_S) < 1e-6
    remedies = []
    if not is_right:
        remedies.append(
            'start the bridge with synchronous_mode:=True fixed_delta_seconds:=0.05 (simlingo '
            'eval sets it by itself)'
        )
    if not facts.has_ticked:
        remedies.append('nobody ticks the server: start the bridge, or simlingo eval')
    return Finding(
        check='CARLA clock',
        status=Status.OK if is_right and facts.has_ticked else Status.WARNING,
        found=found,
        wanted='synchronous, 0.05 s a tick, one client that ticks',
        remedy='; '.join(remedies),
    )


def _car(facts: ServerFacts) -> Finding:
    return Finding(
        check='CARLA car',
        status=Status.OK if facts.car else Status.WARNING,
        found=f'role {facts.car}' if facts.car else 'no vehicle of the role hero or ego_vehicle',
        wanted='one car to drive',
        remedy='' if facts.car else f'spawn it with carla_spawn_objects, see {_PAGE}',
    )


def _sensors(facts: ServerFacts) -> Finding:
    missing = [name for type_id, name in WANTED_SENSORS.items() if type_id not in facts.sensors]
    return Finding(
        check='CARLA sensors',
        status=Status.WARNING if missing else Status.OK,
        found=', '.join(facts.sensors) or 'none on a car',
        wanted=', '.join(WANTED_SENSORS.values()),
        remedy=f'missing on the car: {", ".join(missing)}; see {_PAGE}' if missing else '',
    )


def _dds(environment: Mapping[str, str]) -> Finding:
    profile = next((environment[v] for v in PROFILE_VARIABLES if environment.get(v)), '')
    return Finding(
        check='CARLA and Fast DDS',
        status=Status.OK,
        found=f'profile {profile}' if profile else 'the stock profile, with shared memory',
        wanted='topics whose messages arrive',
        remedy=''
        if profile
        else 'if topics are listed and no message arrives (server in a container): '
        'export FASTRTPS_DEFAULT_PROFILES_FILE=docker/fastdds_udp.xml on both sides',
    )
