# SPDX-License-Identifier: Apache-2.0
"""What messages do to numbers, done in one process: floats of 32 bits are rounded on the way."""

from rclpy.serialization import deserialize_message, serialize_message

from simlingo_ros.conversions.driving import (
    message_to_observation,
    message_to_plan,
    observation_to_message,
    plan_to_message,
)
from simlingo_ros.conversions.time import tick_to_stamp
from simlingo_ros.conversions.vehicle import (
    command_to_message,
    ego_state_to_odometry,
    message_to_command,
    odometry_to_ego_state,
)


def send(message):
    """Return what arrives when a message is sent."""
    return deserialize_message(serialize_message(message), type(message))


def send_ego(ego):
    """Return an ego state as the stack gets it."""
    return odometry_to_ego_state(send(ego_state_to_odometry(ego, 'ego_vehicle')))


def send_command(command, tick):
    """Return a command as the world gets it."""
    return message_to_command(send(command_to_message(command, tick_to_stamp(tick))))


class RoundedPolicy:
    """Another policy, with observation and plan rounded as on the topics."""

    def __init__(self, policy):
        self._policy = policy
        self.name, self.reset = policy.name, policy.reset

    def plan(self, observation, instruction=None):
        received = message_to_observation(send(observation_to_message(observation)))
        return message_to_plan(send(plan_to_message(self._policy.plan(received, instruction))))
