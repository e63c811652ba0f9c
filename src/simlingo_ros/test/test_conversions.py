# SPDX-License-Identifier: Apache-2.0
"""Round trips of every conversion, by property, through the wire format of the real messages."""

import math

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from carla_msgs.msg import CarlaEgoVehicleControl, CarlaRoute, CarlaTrafficLightStatusList
from geometry_msgs.msg import Pose, PoseStamped
from hypothesis import given
from hypothesis import strategies as st
from nav_msgs.msg import Odometry, Path
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import Imu, NavSatFix
from std_msgs.msg import Float32, Header

import simlingo_ros.conversions as convert
from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_core.frame import TICK_PERIOD_S, GnssReading, ImuReading
from simlingo_core.geometry import Pose3
from simlingo_core.route import Route
from simlingo_core.status import InstructionState, InstructionStatus, SafetyLevel, SafetyState
from simlingo_core.types import (
    Answer,
    Commentary,
    DrivingPlan,
    EgoState,
    Instruction,
    InstructionKind,
    InstructionSource,
    Observation,
    RoadOption,
    SafetyMode,
    VehicleCommand,
)
from simlingo_msgs.action import FollowInstruction
from simlingo_msgs.msg import Instruction as InstructionMessage
from simlingo_msgs.srv import Ask

pytestmark = pytest.mark.ros

STAMP = Time(sec=3, nanosec=50_000_000)


def single(low, high):
    """Numbers that a 32-bit field holds exactly."""
    return st.floats(low, high, width=32, allow_subnormal=False)


def wire(message):
    """Send a message through CDR."""
    return deserialize_message(serialize_message(message), type(message))


def vectors(count, low=-1e4, high=1e4):
    return st.lists(st.floats(low, high), min_size=count, max_size=count).map(np.array)


def point_tables(count, high=100.0):
    rows = st.tuples(single(-high, high), single(-high, high))
    return st.lists(rows, min_size=count, max_size=count).map(np.array)


angles = st.floats(-math.pi, math.pi)
poses = st.builds(Pose3.from_roll_pitch_yaw, vectors(3), angles, angles, angles)
ticks = st.integers(0, 2**21 * 20 - 1)
times = ticks.map(lambda tick: tick * TICK_PERIOD_S)
texts = st.text(st.characters(codec='utf-8', exclude_characters='\0'), max_size=60)
phrases = texts.filter(str.strip)
options = st.sampled_from(RoadOption)
shares = single(0.0, 1.0)


def same_pose(a, b):
    np.testing.assert_array_equal(a.translation_m, b.translation_m)
    np.testing.assert_allclose(a.quaternion_xyzw, b.quaternion_xyzw, atol=1e-15)


@given(st.integers(0, 2**31 * 1_000_000_000 - 1))
def test_every_nanosecond_survives(time_ns):
    stamp = wire(convert.nanoseconds_to_stamp(time_ns))
    assert convert.stamp_to_nanoseconds(stamp) == time_ns
    if time_ns < 2**21 * 1_000_000_000:  # a float of seconds holds no more nanoseconds
        assert convert.seconds_to_stamp(convert.stamp_to_seconds(stamp)) == stamp


@given(ticks)
def test_every_tick_survives(tick):
    stamp = convert.tick_to_stamp(tick)
    assert convert.stamp_to_nanoseconds(stamp) == round(tick * 0.05e9)
    assert convert.seconds_to_stamp(tick * TICK_PERIOD_S) == stamp
    assert convert.stamp_to_seconds(stamp) == tick * TICK_PERIOD_S
    assert convert.stamp_to_tick(wire(stamp)) == tick
    clock = wire(convert.seconds_to_clock(tick * TICK_PERIOD_S))
    assert convert.clock_to_seconds(clock) == tick * TICK_PERIOD_S


@pytest.mark.parametrize('t_s', [-0.1, 2.0**31, math.nan, math.inf])
def test_times_outside_a_stamp_are_refused(t_s):
    with pytest.raises(ContractError, match='time'):
        convert.seconds_to_stamp(t_s)


def test_odd_stamps_are_refused():
    with pytest.raises(ContractError, match='past a tick'):
        convert.stamp_to_tick(Time(sec=1, nanosec=1))
    with pytest.raises(ContractError, match='stamp is'):
        convert.stamp_to_seconds(Time(sec=-1))


@given(poses)
def test_pose(pose):
    same_pose(convert.message_to_pose('pose', wire(convert.pose_to_message(pose))), pose)
    stamped = wire(convert.pose_to_stamped(pose, STAMP))
    assert stamped.header.stamp == STAMP
    same_pose(convert.stamped_to_pose('goal', stamped), pose)


@given(st.sampled_from(['position.x', 'position.z', 'orientation.w', 'orientation.y']))
def test_a_pose_that_is_not_finite_is_refused_by_name(field):
    for bad in (math.nan, math.inf):
        message = convert.pose_to_message(Pose3.identity())
        part, axis = field.split('.')
        setattr(getattr(message, part), axis, bad)
        with pytest.raises(NonFiniteError, match=f'DrivingPlan.pose.{field} is'):
            convert.message_to_pose('DrivingPlan.pose', wire(message))


def test_a_rotation_that_is_none_is_refused():
    message = Pose()
    message.orientation.w = 0.5
    with pytest.raises(ContractError, match='unit quaternion'):
        convert.message_to_pose('pose', message)


@given(point_tables(7))
def test_path(points):
    message = wire(convert.path_to_message(points, STAMP))
    np.testing.assert_array_equal(convert.message_to_path('route', message), points)


def test_an_empty_path_is_a_path_and_another_frame_is_not():
    message = convert.path_to_message(np.zeros((0, 2)), STAMP)
    assert convert.message_to_path('route', message).shape == (0, 2)
    message.header.frame_id = 'odom'
    with pytest.raises(ContractError, match="'odom'; expected 'map'"):
        convert.message_to_path('route', message)


@given(times, poses, st.floats(-50, 50), st.floats(-3, 3), vectors(3))
def test_odometry(t_s, pose, speed, rate, acceleration):
    ego = EgoState(
        t_s=t_s,
        pose_map=pose,
        speed_mps=speed,
        yaw_rate_radps=rate,
        acceleration_base_mps2=acceleration,
    )
    message = wire(convert.ego_state_to_odometry(ego, 'hero'))
    assert (message.header.frame_id, message.child_frame_id) == ('map', 'hero')
    back = convert.odometry_to_ego_state(message, acceleration)
    assert (back.t_s, back.speed_mps, back.yaw_rate_radps) == (t_s, speed, rate)
    same_pose(back.pose_map, pose)
    np.testing.assert_array_equal(back.acceleration_base_mps2, acceleration)


@pytest.mark.parametrize(
    ('path', 'name'),
    [
        ('pose.pose.position.y', 'Odometry.pose.pose.position.y'),
        ('twist.twist.linear.x', 'Odometry.twist.twist.linear.x'),
        ('twist.twist.angular.z', 'Odometry.twist.twist.angular.z'),
    ],
)
def test_odometry_that_is_not_finite_is_refused_by_name(path, name):
    message = Odometry()
    message.header.frame_id = 'map'
    *parents, last = path.split('.')
    target = message
    for parent in parents:
        target = getattr(target, parent)
    setattr(target, last, math.nan)
    with pytest.raises(NonFiniteError, match=name):
        convert.odometry_to_ego_state(message)


@given(vectors(3), vectors(3), angles)
def test_imu(acceleration, rates, yaw):
    reading = ImuReading(
        acceleration_base_mps2=acceleration,
        angular_velocity_base_radps=rates,
        orientation_yaw_rad=yaw,
    )
    back = convert.message_to_imu(wire(convert.imu_to_message(reading, STAMP, 'hero/imu')))
    np.testing.assert_array_equal(back.acceleration_base_mps2, acceleration)
    np.testing.assert_array_equal(back.angular_velocity_base_radps, rates)
    assert math.cos(back.orientation_yaw_rad - yaw) == pytest.approx(1.0, abs=1e-12)


def test_an_imu_without_orientation_is_refused():
    message = Imu()
    message.orientation_covariance[0] = -1.0
    with pytest.raises(ContractError, match='no orientation'):
        convert.message_to_imu(message)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-100, 9000))
def test_gnss(latitude, longitude, altitude):
    reading = GnssReading(latitude_deg=latitude, longitude_deg=longitude, altitude_m=altitude)
    assert convert.message_to_gnss(wire(convert.gnss_to_message(reading, STAMP, 'g'))) == reading


@pytest.mark.parametrize(('latitude', 'status'), [(91.0, 0), (math.nan, 0), (10.0, -1)])
def test_a_fix_that_is_none_is_refused(latitude, status):
    message = NavSatFix(latitude=latitude)
    message.status.status = status
    with pytest.raises(ContractError, match='NavSatFix'):
        convert.message_to_gnss(message)


@given(single(-100, 100))
def test_speed(speed):
    assert convert.message_to_speed(wire(convert.speed_to_message(speed))) == speed
    message = convert.speed_to_carla_speedometer(speed, STAMP, 'speed')
    assert convert.message_to_speed(wire(message)) == speed


def test_a_speed_that_is_not_finite_is_refused():
    with pytest.raises(NonFiniteError, match=r'Float32\.data'):
        convert.message_to_speed(Float32(data=math.inf))


@given(single(-1, 1), shares, shares, st.booleans(), st.booleans())
def test_command_changes_the_sign_of_the_steering_only(steer, throttle, brake, hand, reverse):
    command = VehicleCommand(
        steer=steer, throttle=throttle, brake=brake, hand_brake=hand, reverse=reverse
    )
    message = wire(convert.command_to_message(command, STAMP))
    assert message.steer == -steer
    assert message.header.stamp == STAMP
    assert message.gear == (-1 if reverse else 1)
    assert convert.message_to_command(message) == command


@pytest.mark.parametrize('field', ['steer', 'throttle', 'brake'])
@pytest.mark.parametrize('value', [math.nan, 1.5])
def test_a_bad_command_is_refused_by_name(field, value):
    message = CarlaEgoVehicleControl(**{field: value})
    with pytest.raises(ContractError, match=f'CarlaEgoVehicleControl.{field} is'):
        convert.message_to_command(message)


@given(times, single(0, 60), vectors(3), angles)
def test_vehicle_status(t_s, speed, acceleration, yaw):
    status = convert.VehicleStatus(
        t_s=t_s,
        speed_mps=speed,
        acceleration_map_mps2=acceleration,
        orientation_map=Pose3.from_roll_pitch_yaw(np.zeros(3), 0.0, 0.0, yaw),
        command=VehicleCommand(steer=0.5, throttle=0.25),
    )
    message = wire(convert.status_to_message(status))
    assert message.control.steer == -0.5
    back = convert.message_to_status(message)
    assert (back.t_s, back.speed_mps, back.command) == (t_s, speed, status.command)
    np.testing.assert_array_equal(back.acceleration_map_mps2, acceleration)
    same_pose(back.orientation_map, status.orientation_map)


@given(st.lists(options, min_size=2, max_size=9))
def test_route(route_options):
    points = [[2.0 * i, 0.5 * i * i] for i in range(len(route_options))]
    route = Route(points, route_options)
    back = convert.message_to_route(wire(convert.route_to_message(route, STAMP)))
    np.testing.assert_array_equal(back.points_map_m, route.points_map_m)
    assert back.options == route.options


def test_a_bad_route_is_refused():
    route = Route([[0, 0], [1, 0]], [RoadOption.LANE_FOLLOW] * 2)
    good = convert.route_to_message(route, STAMP)
    good.road_options = [4]
    with pytest.raises(ContractError, match='2 poses but 1'):
        convert.message_to_route(good)
    good.road_options = [4, 9]
    with pytest.raises(ContractError, match=r'road_options\[1\] is 9'):
        convert.message_to_route(good)
    good.road_options = [4, 4]
    good.poses[1].position.x = math.nan
    with pytest.raises(NonFiniteError, match=r'poses\[1\]\.position\.x'):
        convert.message_to_route(good)
    good.poses[1].position.x = 1.0
    good.header.frame_id = 'odom'
    with pytest.raises(ContractError, match='frame_id'):
        convert.message_to_route(good)


@pytest.mark.parametrize('kind', ['CarlaRoute', 'Path'])
def test_repeated_points_of_a_route_are_dropped(kind):
    points = [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.004], [2.0, 0.0]]
    poses = [convert.pose_to_message(Pose3([x, y, 0.0], [0.0, 0.0, 0.0, 1.0])) for x, y in points]

    def route_of(poses):
        header = Header(frame_id='map')
        if kind == 'Path':
            stamped = [PoseStamped(pose=pose) for pose in poses]
            return convert.path_message_to_route(Path(header=header, poses=stamped))
        options = [4, 1, 4, 2, 4][: len(poses)]
        return convert.message_to_route(
            CarlaRoute(header=header, poses=poses, road_options=options)
        )

    route = route_of(poses)
    assert route.points_map_m.tolist() == [[0, 0], [1, 0], [2, 0]]
    assert route.options == ((4, 4, 4) if kind == 'Path' else (1, 2, 4))
    assert [route_of(poses[:count]) for count in (0, 1, 2)] == [None, None, None]
    assert convert.message_to_route(CarlaRoute()) is None, 'no points, no frame'


@given(st.dictionaries(st.integers(1, 2**32 - 1), st.integers(0, 4), max_size=6))
def test_light_states(states):
    assert convert.message_to_light_states(wire(convert.light_states_to_message(states))) == states


def test_unknown_and_repeated_lights_are_refused():
    message = convert.light_states_to_message({4: 2})
    message.traffic_lights[0].state = 5
    with pytest.raises(ContractError, match='light 4 has state 5'):
        convert.message_to_light_states(message)
    light = convert.light_states_to_message({4: 2}).traffic_lights
    with pytest.raises(ContractError, match='twice'):
        convert.message_to_light_states(
            CarlaTrafficLightStatusList(traffic_lights=[*light, *light])
        )


@given(poses, vectors(3), vectors(3))
def test_light_boxes(pose, center, size):
    box = convert.LightBox(id=9, pose_map=pose, trigger_center_m=center, trigger_size_m=size)
    (back,) = convert.message_to_light_boxes(wire(convert.light_boxes_to_message([box])))
    assert back.id == 9
    same_pose(back.pose_map, pose)
    np.testing.assert_array_equal(back.trigger_center_m, center)
    np.testing.assert_array_equal(back.trigger_size_m, size)


@given(times, st.binary(max_size=50), poses, st.floats(-5, 50), point_tables(2), options, shares)
def test_observation(t_s, jpeg, pose, speed, targets, option, progress):
    observation = Observation(
        t_s=t_s,
        image_jpeg=jpeg,
        pose_map=pose,
        speed_mps=speed,
        target_points_base_m=targets,
        command=option,
        next_command=RoadOption.STRAIGHT,
        command_distance_m=12.5,
        route_progress=progress,
        is_off_route=progress > 0.5,
    )
    back = convert.message_to_observation(wire(convert.observation_to_message(observation)))
    assert (back.t_s, back.image_jpeg, back.speed_mps) == (t_s, jpeg, speed)
    assert (back.command, back.next_command) == (option, RoadOption.STRAIGHT)
    assert (back.command_distance_m, back.route_progress) == (12.5, progress)
    assert back.is_off_route == (progress > 0.5)
    same_pose(back.pose_map, pose)
    np.testing.assert_array_equal(back.target_points_base_m, targets)


@given(
    times,
    poses,
    point_tables(20),
    point_tables(10),
    single(0, 60) | st.just(math.inf),
    texts,
    shares,
)
def test_plan(t_s, pose, path, speeds, limit, name, confidence):
    for known in (confidence, math.nan):
        plan = DrivingPlan(
            t_s=t_s,
            pose_map=pose,
            path_base_m=path,
            speed_waypoints_base_m=speeds,
            policy=name,
            max_speed_mps=limit,
            stop_reason='off_route',
            instruction_id='i1',
            confidence=known,
            inference_time_s=0.125,
        )
        back = convert.message_to_plan(wire(convert.plan_to_message(plan)))
        assert (back.t_s, back.max_speed_mps, back.policy) == (t_s, limit, name)
        assert (back.instruction_id, back.inference_time_s) == ('i1', 0.125)
        assert back.stop_reason == 'off_route'
        np.testing.assert_array_equal(back.confidence, known)
        np.testing.assert_array_equal(back.path_base_m, path)
        np.testing.assert_array_equal(back.speed_waypoints_base_m, speeds)
        same_pose(back.pose_map, pose)


@pytest.mark.parametrize(
    ('field', 'value'),
    [('max_speed', math.nan), ('inference_time', math.inf), ('confidence', math.inf)],
)
def test_a_plan_with_a_number_that_is_not_finite_is_refused_by_name(field, value):
    message = convert.plan_to_message(empty_plan())
    setattr(message, field, value)
    with pytest.raises(NonFiniteError, match=f'DrivingPlan.{field}'):
        convert.message_to_plan(message)


def test_a_plan_with_a_point_that_is_not_finite_is_refused():
    message = convert.plan_to_message(empty_plan())
    message.path[3].y = math.nan
    with pytest.raises(NonFiniteError, match=r'DrivingPlan\.path\[3, 1\]'):
        convert.message_to_plan(message)


def empty_plan():
    return DrivingPlan(
        t_s=0.0,
        pose_map=Pose3.identity(),
        path_base_m=np.zeros((20, 2)),
        speed_waypoints_base_m=np.zeros((10, 2)),
        policy='none',
    )


@given(
    times,
    texts,
    phrases,
    st.sampled_from(InstructionSource),
    st.sampled_from(InstructionKind),
    st.sampled_from(SafetyMode),
)
def test_instruction(t_s, identifier, text, source, kind, mode):
    instruction = Instruction(
        t_s=t_s, id=identifier, text=text, source=source, kind=kind, safety_mode=mode
    )
    message = wire(convert.instruction_to_message(instruction))
    assert convert.message_to_instruction(message) == instruction


def test_the_default_of_message_and_core_is_the_safe_mode():
    default = Instruction(text='go').safety_mode
    assert default is SafetyMode.REFUSE_UNSAFE
    assert convert.message_to_instruction(InstructionMessage(text='go')).safety_mode is default
    goal, _ = convert.goal_to_instruction(FollowInstruction.Goal(text='go'), 'g', 0.0)
    assert goal.safety_mode is default


def test_a_bad_instruction_is_refused():
    message = convert.instruction_to_message(Instruction(id='a', text='go'))
    message.kind = 7
    with pytest.raises(ContractError, match=r'Instruction\.kind is 7.*INSTRUCT'):
        convert.message_to_instruction(message)
    message.kind, message.text = 0, '  '
    with pytest.raises(ContractError, match='empty'):
        convert.message_to_instruction(message)


@given(times, texts, st.sampled_from(InstructionState), texts, texts)
def test_instruction_status(t_s, identifier, state, reason, reply):
    status = InstructionStatus(
        t_s=t_s, id=identifier, state=state, reason=reason, spoken_reply=reply
    )
    message = wire(convert.instruction_status_to_message(status))
    assert convert.message_to_instruction_status(message) == status
    result = wire(convert.status_to_result(status))
    assert (result.state, result.reason, result.spoken_reply) == (int(state), reason, reply)


@given(times, texts, st.booleans())
def test_commentary(t_s, text, is_growing):
    commentary = Commentary(t_s=t_s, text=text, is_growing=is_growing)
    message = wire(convert.commentary_to_message(commentary))
    assert convert.message_to_commentary(message) == commentary


@given(times, st.sampled_from(SafetyLevel), st.lists(texts, max_size=3), single(0, 9))
def test_safety_state(t_s, level, reasons, age):
    for known in (age, math.nan):
        state = SafetyState(
            t_s=t_s, level=level, reasons=tuple(reasons), plan_age_s=known, margin_s=-known
        )
        back = convert.message_to_safety_state(wire(convert.safety_state_to_message(state)))
        assert (back.t_s, back.level, back.reasons) == (t_s, level, tuple(reasons))
        np.testing.assert_array_equal(back.plan_age_s, known)
        np.testing.assert_array_equal(back.margin_s, -known)


@given(phrases, times, st.booleans())
def test_question_and_answer(text, t_s, is_success):
    instruction = convert.ask_to_instruction(wire(Ask.Request(question=text)), 'q1', t_s)
    assert (instruction.text, instruction.kind) == (text, InstructionKind.ASK)
    answer = Answer(text=text, image_t_s=t_s, is_success=is_success)
    response = wire(convert.fill_answer(Ask.Response(), answer))
    assert convert.response_to_answer(response) == answer


@given(phrases, single(0, 60), st.sampled_from(SafetyMode))
def test_goal(text, duration, mode):
    instruction = Instruction(
        id='g', text=text, source=InstructionSource.API, safety_mode=mode, t_s=1.0
    )
    goal = wire(convert.instruction_to_goal(instruction, duration))
    assert convert.goal_to_instruction(goal, 'g', 1.0) == (instruction, duration)


def test_a_goal_for_an_impossible_time_is_refused():
    goal = FollowInstruction.Goal(text='go', duration=math.nan)
    with pytest.raises(NonFiniteError, match='duration'):
        convert.goal_to_instruction(goal, 'g', 0.0)
