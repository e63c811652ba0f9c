# SPDX-License-Identifier: Apache-2.0
"""Which topics of a recording are camera, odometry, route and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from simlingo_core.errors import ConfigError
from simlingo_ros import interfaces
from simlingo_ros.bag_reader import BagReader
from simlingo_ros.bag_topics import COMPRESSED_IMAGE, IMAGE, OBSERVATION, camera_topics
from simlingo_ros.interfaces import Interface

ODOMETRY, CAMERA, ROUTE = 'odometry', 'camera', 'route'
# Part of the name by which a topic is known, and the types it may have, the preferred one first.
PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    ODOMETRY: ('', ('nav_msgs/msg/Odometry',)),
    ROUTE: ('', ('carla_msgs/msg/CarlaRoute', 'nav_msgs/msg/Path')),
    CAMERA: (
        '',
        (IMAGE, COMPRESSED_IMAGE, OBSERVATION),
    ),
    'speedometer': ('speed', ('std_msgs/msg/Float32', 'carla_msgs/msg/CarlaSpeedometer')),
    'commands': ('', ('carla_msgs/msg/CarlaEgoVehicleControl',)),
    'status': ('', ('carla_msgs/msg/CarlaEgoVehicleStatus',)),
    'plans': ('', ('simlingo_msgs/msg/DrivingPlan',)),
    'commentary': ('', ('simlingo_msgs/msg/Commentary',)),
    'instructions': ('instruction', ('simlingo_msgs/msg/Instruction',)),
    'lights': ('', ('carla_msgs/msg/CarlaTrafficLightStatusList',)),
    'light_places': ('', ('carla_msgs/msg/CarlaTrafficLightInfoList',)),
}
USUAL: Mapping[str, tuple[Interface, ...]] = {
    ODOMETRY: (interfaces.ODOMETRY,),
    ROUTE: (interfaces.ROUTE, interfaces.WAYPOINTS),
    CAMERA: (interfaces.IMAGE,),
    'speedometer': (interfaces.SPEEDOMETER,),
    'commands': (interfaces.CONTROL_COMMAND,),
    'status': (interfaces.VEHICLE_STATUS,),
}
REQUIRED = {
    CAMERA: 'camera (sensor_msgs/Image or CompressedImage, or the observations of the stack)',
    ODOMETRY: 'odometry (nav_msgs/Odometry)',
    ROUTE: 'route (carla_msgs/CarlaRoute or nav_msgs/Path); --route driven takes the way driven',
}
DRIVEN = 'driven'


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Names of topics of a bag; empty: the bag has none of that kind."""

    odometry: str
    camera: str
    route: str
    speedometer: str = ''
    commands: str = ''
    status: str = ''
    plans: str = ''
    commentary: str = ''
    instructions: str = ''
    lights: str = ''
    light_places: str = ''

    @property
    def missing(self) -> tuple[str, ...]:
        """What the bag does not hold, in words; nothing of it is needed."""
        return tuple(
            field.name.replace('_', ' ') for field in fields(self) if not getattr(self, field.name)
        )


def find_sources(bag: BagReader, given: Mapping[str, str]) -> Sources:
    """Return the topics to use.

    Args:
        bag: the recording.
        given: names chosen by the user, by part; ``route`` may be ``driven``.

    Raises:
        ConfigError: something that is needed is missing, not there or ambiguous; each is named.
    """
    found, problems = dict[str, str](), list[str]()
    for part in PARTS:
        if part == ROUTE and given.get(ROUTE) == DRIVEN:
            found[part] = DRIVEN
            continue
        try:
            found[part] = _find(bag, part, given.get(part, ''))
        except ConfigError as error:
            problems.append(str(error))
    problems += [
        f'it has no {what}' for part, what in REQUIRED.items() if not found.get(part, '-')
    ]
    if problems:
        raise ConfigError(f'the bag {bag.path} cannot be evaluated: {"; ".join(problems)}')
    return Sources(**found)


def _find(bag: BagReader, part: str, given: str) -> str:
    word, types = PARTS[part]
    if part == CAMERA:
        candidates = [topic for kind in types for topic in camera_topics(bag, kind)]
    else:
        candidates = [
            topic
            for topic in bag.topics.values()
            if topic.type in types and topic.count and word in topic.name
        ]
    if given:
        if given not in {topic.name for topic in candidates}:
            raise ConfigError(
                f'--{part.replace("_", "-")} is {given!r}; expected a topic with messages of type '
                f'{" or ".join(types)}: {_listed(topic.name for topic in candidates)}'
            )
        return given
    for type_name in types:
        names = [topic.name for topic in candidates if topic.type == type_name]
        usual = [name for name in names if _is_usual(name, part)]
        for choice in (usual, names):
            if len(choice) == 1:
                return choice[0]
        if names and part in REQUIRED:
            raise ConfigError(
                f'it has several topics for the {part}: {_listed(names)}; choose one with --{part}'
            )
    return ''


def _is_usual(name: str, part: str) -> bool:
    """Tell whether a topic is named as by the CARLA bridge, for any role."""
    role = name.split('/')[2] if name.startswith('/carla/') and name.count('/') > 2 else ''
    if not role.isidentifier():
        return False
    usual = [interface.resolve(role) for interface in USUAL.get(part, ())]
    return name.removesuffix('/compressed') in usual


def _listed(names: Iterable[str]) -> str:
    return ', '.join(sorted(names)) or 'there is none'
