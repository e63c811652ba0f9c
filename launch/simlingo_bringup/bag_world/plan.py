# SPDX-License-Identifier: Apache-2.0
"""Which topics of a recording are the world's, and under which names the graph knows them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simlingo_core.errors import ConfigError
from simlingo_ros import interfaces
from simlingo_ros.bag_reader import BagReader, Topic
from simlingo_ros.bag_topics import COMPRESSED_IMAGE, OBSERVATION, camera_topics
from simlingo_ros.interfaces import WORLD, Interface

# The status would name the commands of the recording, which control takes for another commander.
LEFT_OUT = (interfaces.CLOCK_TOPIC, interfaces.VEHICLE_STATUS)


@dataclass(frozen=True)
class Played:
    """One topic that is played.

    Attributes:
        topic: of the bag.
        interface: to publish on, with its name filled in.
        is_decoded: publish the compressed image in it as pixels.
    """

    topic: Topic
    interface: Interface
    is_decoded: bool = False


def plan_playback(bag: BagReader, role: str, camera: str) -> dict[str, Played]:
    """Return what is played, by the topics of the bag.

    Raises:
        ConfigError: the bag holds no camera, odometry or route of a world; each is named.
    """
    old_role = _role_of(bag)
    played: dict[str, Played] = {}
    for interface in interfaces.ALL:
        if interface.sender != WORLD or interface in LEFT_OUT:
            continue
        topic = bag.topics.get(interface.resolve(old_role, _camera_of(bag, old_role, camera)))
        if topic is not None and topic.count and topic.type == interface.type:
            target = replace(interface, name=interface.resolve(role, camera))
            played[topic.name] = Played(topic, target)
    image = replace(interfaces.IMAGE, name=interfaces.IMAGE.resolve(role, camera))
    if not any(entry.interface.type == image.type for entry in played.values()):
        source = _compressed_camera(bag)
        if source is not None:
            played[source.name] = Played(source, image, is_decoded=True)
    _require(bag, played)
    return played


def _role_of(bag: BagReader) -> str:
    """Return the role of the car in the recording, by its odometry."""
    start, _, end = interfaces.ODOMETRY.name.partition('{role}')
    for name in bag.topics:
        role = name.removeprefix(start).removesuffix(end)
        if name.startswith(start) and name.endswith(end) and role.isidentifier():
            return role
    return interfaces.DEFAULT_ROLE


def _camera_of(bag: BagReader, role: str, camera: str) -> str:
    """Return the camera's id in the recording: the same one, or the only one there is."""
    if interfaces.IMAGE.resolve(role, camera) in bag.topics:
        return camera
    start, _, end = interfaces.IMAGE.name.replace('{role}', role).partition('{camera}')
    found = [
        name.removeprefix(start).removesuffix(end)
        for name, topic in bag.topics.items()
        if name.startswith(start) and name.endswith(end) and topic.type == interfaces.IMAGE.type
    ]
    return found[0] if len(found) == 1 and found[0].isidentifier() else camera


def _compressed_camera(bag: BagReader) -> Topic | None:
    for type_name in (COMPRESSED_IMAGE, OBSERVATION):
        found = camera_topics(bag, type_name)
        if len(found) == 1:
            return found[0]
    return None


def _require(bag: BagReader, played: dict[str, Played]) -> None:
    types = {entry.interface.type for entry in played.values()}
    missing = [
        interface.type
        for interface in (interfaces.IMAGE, interfaces.ODOMETRY, interfaces.ROUTE)
        if interface.type not in types
    ]
    if missing:
        raise ConfigError(
            f'the bag {bag.path} cannot be the world: it has no {", no ".join(missing)} under the '
            "names of the CARLA bridge; 'simlingo replay evaluate' finds others by their types"
        )
