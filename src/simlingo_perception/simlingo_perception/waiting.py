# SPDX-License-Identifier: Apache-2.0
"""Says which inputs nobody sends, so that a stack that waits does not leave its user guessing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from simlingo_perception.config import PerceptionNodeConfig
from simlingo_perception.problems import Problem
from simlingo_ros import interfaces
from simlingo_ros.monitors import Level, Status

PAGE = 'docs/how-to/carla.md'
COMPRESSED_IMAGE = dataclasses.replace(
    interfaces.IMAGE,
    name=f'{interfaces.IMAGE.name}/compressed',
    type='sensor_msgs/msg/CompressedImage',
    meaning='camera image as JPEG or PNG, stamped at exposure',
)
SIGNS_OF_A_CAR = (
    interfaces.VEHICLE_STATUS,
    interfaces.IMU,
    interfaces.GNSS,
    interfaces.CAMERA_INFO,
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link of the chain from the world to the stack.

    Attributes:
        name: in one word, such as *camera*.
        topics: one of them has a publisher where the link is there; the first is the usual one.
        remedy: what to do where it is not.
    """

    name: str
    topics: tuple[str, ...]
    remedy: str


def input_topics(config: PerceptionNodeConfig) -> dict[Problem, str]:
    """Return the topics of the inputs that can be missing."""
    role, camera = config.role_name, config.camera_id
    image = interfaces.IMAGE if config.image_transport == 'raw' else COMPRESSED_IMAGE
    is_path = config.route_source == 'waypoints'
    route = interfaces.WAYPOINTS if is_path else interfaces.ROUTE
    return {
        Problem.IMAGE_MISSING: image.resolve(role, camera),
        Problem.EGO_MISSING: interfaces.ODOMETRY.resolve(role),
        Problem.ROUTE_MISSING: route.resolve(role),
    }


def world_links(config: PerceptionNodeConfig) -> tuple[Link, ...]:
    """Return the links, the one that the others hang on first."""
    topics = input_topics(config)
    role, camera = config.role_name, config.camera_id
    car = tuple(interface.resolve(role, camera) for interface in SIGNS_OF_A_CAR)
    return (
        Link(
            name='bridge',
            topics=('/clock',),
            remedy='start a world, or the CARLA bridge (world:=carla bridge:=start)',
        ),
        Link(
            name='car',
            topics=car,
            remedy='spawn a car of this role name (carla_spawn_objects), or set role_name',
        ),
        Link(
            name='camera',
            topics=(topics[Problem.IMAGE_MISSING],),
            remedy='spawn the training camera (config/carla_objects.json), or set camera_id',
        ),
        Link(
            name='odometry',
            topics=(topics[Problem.EGO_MISSING],),
            remedy='spawn sensor.pseudo.odom, or localise by satellite fix: localisation:=true',
        ),
        Link(
            name='route',
            topics=(topics[Problem.ROUTE_MISSING],),
            remedy='start carla_waypoint_publisher and send it a goal, or publish a route',
        ),
    )


def describe_links(links: Iterable[Link], publishers: Callable[[str], Sequence[str]]) -> Status:
    """Return which links are missing, with publishers and quality of service of all.

    Args:
        links: the first one that is missing is explained.
        publishers: of a topic, each in words with its quality of service.
    """
    values: dict[str, object] = {}
    missing: list[Link] = []
    for link in links:
        found = {topic: publishers(topic) for topic in link.topics}
        topic = next((name for name in found if found[name]), link.topics[0])
        count = len(found[topic])
        values[link.name] = f'{count_words(topic, count)}{_listing(found[topic])}'
        if not count:
            missing.append(link)
    if not missing:
        return Status(level=Level.OK, message='everything has a publisher', values=values)
    names = ', '.join(link.name for link in missing)
    first = missing[0]
    return Status(
        level=Level.WARN,
        message=f'missing: {names}; {first.name}: {first.remedy} (see {PAGE})',
        values=values,
    )


def count_words(topic: str, publishers: int) -> str:
    """Return a topic with the number of its publishers."""
    if not publishers:
        return f'nobody publishes {topic}'
    return f'{topic} has {publishers} publisher{"" if publishers == 1 else "s"}'


def nobody_sends(
    problems: Iterable[str], topics: Mapping[Problem, str], count_publishers: Callable[[str], int]
) -> str:
    """Return the topics of missing inputs that have no publisher, as the end of a sentence.

    Args:
        problems: of the inputs, by name.
        topics: of each input that can be missing.
        count_publishers: of a topic.

    Returns:
        Empty where every missing input has a publisher, whose quality of service stands in the
        line of its topic.
    """
    missing = [
        topic
        for problem, topic in topics.items()
        if problem in set(problems) and not count_publishers(topic)
    ]
    return f'; nobody publishes {", ".join(missing)} (see {PAGE})' if missing else ''


def _listing(publishers: Sequence[str]) -> str:
    return f': {"; ".join(publishers)}' if publishers else ''
