# SPDX-License-Identifier: Apache-2.0
"""Which topics of a bag are cameras of the car, and which are images that the stack drew."""

from __future__ import annotations

from simlingo_ros.bag_reader import BagReader, Topic

IMAGE, COMPRESSED_IMAGE = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
OBSERVATION = 'simlingo_msgs/msg/Observation'
# Topics of these types stand in the namespace of the stack, and its overlay beside them.
STACK_TYPES = (OBSERVATION, 'simlingo_msgs/msg/DrivingPlan', 'simlingo_msgs/msg/SafetyState')
# The simulator's view from above, and small copies for people to look at.
VIEWS = ('/rgb_top/', '/preview/')


def camera_topics(bag: BagReader, type_name: str) -> list[Topic]:
    """Return the topics of one type with images of the car's cameras in them.

    Args:
        bag: the recording.
        type_name: ``IMAGE``, ``COMPRESSED_IMAGE`` or ``OBSERVATION``.
    """
    found = [topic for topic in bag.topics.values() if topic.type == type_name and topic.count]
    if type_name == OBSERVATION:
        return found
    own = {t.name.rpartition('/')[0] for t in bag.topics.values() if t.type in STACK_TYPES}
    return [
        topic
        for topic in found
        if not any(topic.name.startswith(f'{namespace}/') for namespace in own if namespace)
        and not any(view in topic.name for view in VIEWS)
    ]
