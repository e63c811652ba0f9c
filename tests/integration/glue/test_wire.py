# SPDX-License-Identifier: Apache-2.0
"""The table of interfaces and the conversions between real processes."""

import math
from pathlib import Path

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy

import simlingo_ros.conversions as convert
from simlingo_core.frame import GnssReading, ImuReading
from simlingo_core.geometry import Pose3
from simlingo_core.images import encode_jpeg
from simlingo_core.route import Route
from simlingo_core.status import InstructionState, InstructionStatus, SafetyLevel, SafetyState
from simlingo_core.types import (
    Commentary,
    DrivingPlan,
    EgoState,
    Instruction,
    Observation,
    RoadOption,
    VehicleCommand,
)
from simlingo_ros import bench
from simlingo_ros.endpoints import create_publisher, load_type, qos_profile
from simlingo_ros.images import array_to_image
from simlingo_ros.interfaces import ALL, LATCHED, Kind

pytestmark = pytest.mark.ros
HERE = Path(__file__).parent
TOPICS = [entry for entry in ALL if entry.kind is Kind.TOPIC]
STAMP = Time(sec=7, nanosec=150_000_000)
POSE = Pose3.from_roll_pitch_yaw([103.5, -7.25, 0.5], 0.0, 0.0, 0.75)
PIXELS = np.random.default_rng(1).integers(0, 256, (512, 1024, 4), dtype=np.uint8)


def stack_samples():
    """One message of each type of the stack's own that has a conversion."""
    plan = DrivingPlan(
        t_s=7.15,
        pose_map=POSE,
        path_base_m=np.arange(40).reshape(20, 2) / 4,
        speed_waypoints_base_m=np.arange(20).reshape(10, 2) / 8,
        policy='mini',
        confidence=math.nan,
        inference_time_s=0.0625,
    )
    observation = Observation(
        t_s=7.15,
        image_jpeg=encode_jpeg(PIXELS),
        pose_map=POSE,
        speed_mps=6.25,
        target_points_base_m=np.array([[20.5, 1.5], [41.0, 3.0]]),
        command=RoadOption.STRAIGHT,
        command_distance_m=20.5,
        route_progress=0.25,
    )
    instruction_status = InstructionStatus(
        t_s=7.15, id='i', state=InstructionState.REJECTED, reason='unsafe', spoken_reply='Nein.'
    )
    safety = SafetyState(
        t_s=7.15, level=SafetyLevel.DEGRADED, reasons=('plan_late',), plan_age_s=0.25, margin_s=0.5
    )
    return [
        convert.observation_to_message(observation, 'ego_vehicle/rgb_front'),
        convert.plan_to_message(plan),
        convert.commentary_to_message(Commentary(t_s=7.15, text='grün, weiter', is_growing=True)),
        convert.instruction_to_message(Instruction(id='i', text='turn left', t_s=7.15)),
        convert.instruction_status_to_message(instruction_status),
        convert.safety_state_to_message(safety),
    ]


def world_samples():
    """One message of each type of CARLA's side that has a conversion."""
    route = Route(
        [[0, 0], [4, 3], [9, 3]], [RoadOption.LEFT, RoadOption.LANE_FOLLOW, RoadOption.VOID]
    )
    box = convert.LightBox(
        id=3, pose_map=POSE, trigger_center_m=np.arange(3), trigger_size_m=np.ones(3)
    )
    status = convert.VehicleStatus(
        t_s=7.15,
        speed_mps=4.5,
        acceleration_map_mps2=np.array([0.5, 0.25, 0.0]),
        orientation_map=Pose3.identity(),
        command=VehicleCommand(steer=-0.5, brake=1.0),
    )
    imu = ImuReading(
        acceleration_base_mps2=np.array([0.1, 0.2, 9.81]),
        angular_velocity_base_radps=np.array([0.0, 0.1, -0.2]),
        orientation_yaw_rad=0.0,
    )
    gnss = GnssReading(latitude_deg=49.0, longitude_deg=8.0, altitude_m=110.0)
    ego = EgoState(t_s=7.15, pose_map=POSE, speed_mps=6.25, yaw_rate_radps=0.125)
    return [
        convert.ego_state_to_odometry(ego, 'ego_vehicle'),
        convert.imu_to_message(imu, STAMP, 'ego_vehicle/imu'),
        convert.gnss_to_message(gnss, STAMP, 'ego_vehicle/gnss'),
        convert.speed_to_message(-0.5),
        convert.speed_to_carla_speedometer(6.1, STAMP, 'ego_vehicle/speedometer'),
        convert.command_to_message(VehicleCommand(steer=0.25, throttle=0.5), STAMP),
        convert.status_to_message(status),
        convert.route_to_message(route, STAMP),
        convert.light_states_to_message({3: 0, 4: 2}),
        convert.light_boxes_to_message([box]),
        array_to_image(PIXELS, 'bgra8', stamp=STAMP, frame_id='ego_vehicle/rgb_front'),
    ]


def samples():
    """One message of each type that has a conversion."""
    return [*stack_samples(), *world_samples()]


def test_every_conversion_survives_two_trips_between_processes(start, observer, values_of):
    sent, received = {}, {}
    for message in samples():
        kind = type(message)
        name = kind.__name__.lower()
        sent[name] = values_of(message)
        observer.node.create_subscription(
            kind,
            f'out/{name}',
            lambda back, name=name: received.setdefault(name, values_of(back)),
            qos_profile(LATCHED),
        )
        publisher = observer.node.create_publisher(kind, f'in/{name}', qos_profile(LATCHED))
        publisher.publish(message)
    assert len(sent) == len(samples())
    process = start(HERE / 'echo.py')
    observer.spin_until(lambda: len(received) == len(sent) or process.popen.poll() is not None)
    assert process.popen.poll() is None, process.output
    assert [name for name in sent if sent[name] != received[name]] == []


def test_every_topic_of_the_table_reaches_its_subscriber(start, observer):
    publishers = {entry: create_publisher(observer.node, entry) for entry in TOPICS}
    for entry, publisher in publishers.items():
        if entry.qos.is_latched:  # published before anybody listens, and never again
            publisher.publish(load_type(entry.type)())
    process = start(HERE / 'table_listener.py')
    process.wait_for_output('ready')
    for _ in range(50):
        for entry, publisher in publishers.items():
            if not entry.qos.is_latched:
                publisher.publish(load_type(entry.type)())
        observer.spin_for(0.1)
        if 'complete' in process.output:
            break
    assert 'complete' in process.output, process.output
    for entry in TOPICS:
        name = entry.resolve()
        for infos, qos in (
            (observer.node.get_publishers_info_by_topic(name), entry.qos),
            (observer.node.get_subscriptions_info_by_topic(name), entry.subscription_qos),
        ):
            (profile,) = [info.qos_profile for info in infos]
            assert (profile.reliability == ReliabilityPolicy.RELIABLE) == qos.is_reliable, name
            latched = profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
            assert latched == qos.is_latched, name


def test_the_measurement_measures():
    result = bench.run(2.0)
    assert result['sent'] == 40
    assert result['received'] > 20
    assert 0.0 < result['age_median_ms'] <= result['age_p99_ms'] <= result['age_max_ms']
    assert 0 <= result['dropped'] < 20
    # Work per byte in Python would take over 60 ms.
    assert result['to_message_ms'] < 20.0
    assert result['to_view_ms'] < 5.0
    table = bench.format_table(result)
    assert all(label in table for label in bench.LABELS.values())
