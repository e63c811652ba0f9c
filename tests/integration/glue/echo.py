# SPDX-License-Identifier: Apache-2.0
"""Turn each message into its core type and back, and send it on: ``in/x`` to ``out/x``."""

import sys

from rclpy.node import Node

import simlingo_ros.conversions as convert
from simlingo_ros import images
from simlingo_ros.conversions.vehicle import speed_to_message
from simlingo_ros.endpoints import load_type, qos_profile
from simlingo_ros.interfaces import LATCHED
from simlingo_ros.spin import run_node


def again(to_core, to_message):
    return lambda message: to_message(to_core(message))


def stamped(to_core, to_message):
    def echo(message):
        return to_message(to_core(message), message.header.stamp, message.header.frame_id)

    return echo


def echo_odometry(message):
    ego = convert.odometry_to_ego_state(message)
    return convert.ego_state_to_odometry(ego, message.child_frame_id)


def echo_command(message):
    return convert.command_to_message(convert.message_to_command(message), message.header.stamp)


def echo_route(message):
    return convert.route_to_message(convert.message_to_route(message), message.header.stamp)


def echo_observation(message):
    observation = convert.message_to_observation(message)
    return convert.observation_to_message(observation, message.image.header.frame_id)


def echo_image(message):
    return images.array_to_image(
        images.image_to_array(message),
        message.encoding,
        stamp=message.header.stamp,
        frame_id=message.header.frame_id,
    )


ECHOES = {
    'simlingo_msgs/msg/Observation': echo_observation,
    'simlingo_msgs/msg/DrivingPlan': again(convert.message_to_plan, convert.plan_to_message),
    'simlingo_msgs/msg/Commentary': again(
        convert.message_to_commentary, convert.commentary_to_message
    ),
    'simlingo_msgs/msg/Instruction': again(
        convert.message_to_instruction, convert.instruction_to_message
    ),
    'simlingo_msgs/msg/InstructionStatus': again(
        convert.message_to_instruction_status, convert.instruction_status_to_message
    ),
    'simlingo_msgs/msg/SafetyState': again(
        convert.message_to_safety_state, convert.safety_state_to_message
    ),
    'nav_msgs/msg/Odometry': echo_odometry,
    'sensor_msgs/msg/Imu': stamped(convert.message_to_imu, convert.imu_to_message),
    'sensor_msgs/msg/NavSatFix': stamped(convert.message_to_gnss, convert.gnss_to_message),
    'std_msgs/msg/Float32': again(convert.message_to_speed, speed_to_message),
    'carla_msgs/msg/CarlaSpeedometer': stamped(
        convert.message_to_speed, convert.speed_to_carla_speedometer
    ),
    'carla_msgs/msg/CarlaEgoVehicleControl': echo_command,
    'carla_msgs/msg/CarlaEgoVehicleStatus': again(
        convert.message_to_status, convert.status_to_message
    ),
    'carla_msgs/msg/CarlaRoute': echo_route,
    'carla_msgs/msg/CarlaTrafficLightStatusList': again(
        convert.message_to_light_states, convert.light_states_to_message
    ),
    'carla_msgs/msg/CarlaTrafficLightInfoList': again(
        convert.message_to_light_boxes, convert.light_boxes_to_message
    ),
    'sensor_msgs/msg/Image': echo_image,
}


class Echo(Node):
    """Answers each message once."""

    def __init__(self):
        super().__init__('echo')
        for type_name, function in ECHOES.items():
            self.connect(type_name, function)

    def connect(self, type_name, function):
        name = type_name.split('/')[-1].lower()
        kind = load_type(type_name)
        publisher = self.create_publisher(kind, f'out/{name}', qos_profile(LATCHED))
        self.create_subscription(
            kind,
            f'in/{name}',
            lambda message: publisher.publish(function(message)),
            qos_profile(LATCHED),
        )


if __name__ == '__main__':
    sys.exit(run_node(Echo))
