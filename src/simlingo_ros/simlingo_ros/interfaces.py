# SPDX-License-Identifier: Apache-2.0
"""The table of all interfaces: name, type, quality of service, rate, who sends and who listens.

Nodes create their publishers and subscriptions from it (``endpoints``), the reference page is
made from it (``topics_page``), and a test compares it with a running graph.

Names of our own are relative; launch puts them under ``/simlingo``.  The CARLA side has the
absolute names that the CARLA bridge gives them, with the role name and sensor ids filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from simlingo_core.errors import ContractError

DEFAULT_ROLE = 'ego_vehicle'
DEFAULT_CAMERA = 'rgb_front'


class Kind(StrEnum):
    """How parties meet."""

    TOPIC = 'topic'
    SERVICE = 'service'
    ACTION = 'action'


@dataclass(frozen=True)
class Qos:
    """Quality of service; history is always keep-last.

    Attributes:
        depth: messages kept.
        is_reliable: lost messages are sent again.
        is_latched: a late subscriber gets the last messages (transient local).
    """

    depth: int
    is_reliable: bool = True
    is_latched: bool = False

    def __str__(self) -> str:
        reliability = 'reliable' if self.is_reliable else 'best effort'
        return f'{reliability}{", latched" if self.is_latched else ""}, depth {self.depth}'


NEWEST = Qos(1)
BRIDGE = Qos(10)
LATCHED = Qos(1, is_latched=True)
BRIDGE_LATCHED = Qos(10, is_latched=True)
# Of subscribers in lockstep, which must not lose a frame: the frames under way
# (``simlingo_core.schedule.QUEUED_TICKS``) and one sent again twice a second for 20 s.
PATIENT = Qos(50)
# Messages that wait for one who records a drive and gives way: ten seconds of ticks.
RECORD_DEPTH = 200
TF = Qos(100)
CLOCK = Qos(1, is_reliable=False)
NOTIFY = Qos(10)


@dataclass(frozen=True, kw_only=True)
class Interface:
    """One topic, service or action.

    Attributes:
        name: may hold ``{role}`` and ``{camera}``.
        type: such as ``std_msgs/msg/Bool``.
        sender: who publishes or serves.
        listeners: who subscribes or calls.
        meaning: one phrase, with unit and frame.
        qos: of the publisher.
        listener_qos: of subscribers where it differs.
        rate_hz: expected in real time; None: when something happens.
        kind: how parties meet.
    """

    name: str
    type: str
    sender: str
    listeners: tuple[str, ...]
    meaning: str
    qos: Qos = BRIDGE
    listener_qos: Qos | None = None
    rate_hz: float | None = None
    kind: Kind = Kind.TOPIC

    def resolve(self, role: str = DEFAULT_ROLE, camera: str = DEFAULT_CAMERA) -> str:
        """Return the name with role and camera filled in.

        Raises:
            ContractError: a part is no valid ROS name.
        """
        for label, part in (('role', role), ('camera', camera)):
            if not part.isidentifier():
                raise ContractError(
                    f'{label} is {part!r}; expected letters, digits and underscores, such as '
                    f'{DEFAULT_ROLE!r}'
                )
        return self.name.format(role=role, camera=camera)

    @property
    def subscription_qos(self) -> Qos:
        """What a subscriber asks for."""
        return self.listener_qos or self.qos


WORLD, PERCEPTION, PLANNER, CONTROL, VOICE = 'world', 'perception', 'planner', 'control', 'voice'
USER = 'user'

# ---- the stack's own -------------------------------------------------------------------------

OBSERVATION = Interface(
    name='observation',
    type='simlingo_msgs/msg/Observation',
    sender=PERCEPTION,
    listeners=(PLANNER,),
    meaning='camera frame as JPEG, pose, speed, target points and command at its exposure time',
    qos=NEWEST,
    rate_hz=5.0,
)
PLAN = Interface(
    name='plan',
    type='simlingo_msgs/msg/DrivingPlan',
    sender=PLANNER,
    listeners=(CONTROL,),
    meaning='path and speed waypoints, stamped as the observation they were made from',
    qos=NEWEST,
    rate_hz=5.0,
)
COMMENTARY = Interface(
    name='commentary',
    type='simlingo_msgs/msg/Commentary',
    sender=PLANNER,
    listeners=(VOICE,),
    meaning='what the policy says about its driving',
)
INSTRUCTION = Interface(
    name='instruction',
    type='simlingo_msgs/msg/Instruction',
    sender=USER,
    listeners=(PLANNER,),
    meaning='what a person or program wants from the car',
)
INSTRUCTION_STATUS = Interface(
    name='instruction_status',
    type='simlingo_msgs/msg/InstructionStatus',
    sender=PLANNER,
    listeners=(VOICE,),
    meaning='what became of an instruction, with a spoken reply',
)
SAFETY_STATE = Interface(
    name='safety_state',
    type='simlingo_msgs/msg/SafetyState',
    sender=CONTROL,
    listeners=(PLANNER, VOICE),
    meaning='whether the car may drive, and why not',
    rate_hz=20.0,
)
ASK = Interface(
    name='ask',
    type='simlingo_msgs/srv/Ask',
    sender=PLANNER,
    listeners=(USER,),
    meaning='a question about what the car sees, and its answer',
    kind=Kind.SERVICE,
)
FOLLOW_INSTRUCTION = Interface(
    name='follow_instruction',
    type='simlingo_msgs/action/FollowInstruction',
    sender=PLANNER,
    listeners=(USER,),
    meaning='drive by an instruction until it is done, refused or cancelled',
    kind=Kind.ACTION,
)

# ---- the world, as the CARLA bridge speaks ---------------------------------------------------

CLOCK_TOPIC = Interface(
    name='/clock',
    type='rosgraph_msgs/msg/Clock',
    sender=WORLD,
    listeners=(PERCEPTION, PLANNER, CONTROL, VOICE),
    meaning='simulation time, each tick, before the sensors',
    listener_qos=CLOCK,
    rate_hz=20.0,
)
IMAGE = Interface(
    name='/carla/{role}/{camera}/image',
    type='sensor_msgs/msg/Image',
    sender=WORLD,
    listeners=(PERCEPTION,),
    meaning='camera frame, bgra8, stamped at exposure',
    listener_qos=NEWEST,
    rate_hz=20.0,
)
CAMERA_INFO = Interface(
    name='/carla/{role}/{camera}/camera_info',
    type='sensor_msgs/msg/CameraInfo',
    sender=WORLD,
    listeners=(PERCEPTION,),
    meaning='intrinsics, no distortion, stamped as the image',
    rate_hz=20.0,
)
ODOMETRY = Interface(
    name='/carla/{role}/odometry',
    type='nav_msgs/msg/Odometry',
    sender=WORLD,
    listeners=(PERCEPTION, CONTROL),
    meaning='pose in map [m], velocity in the body [m/s]',
    rate_hz=20.0,
)
IMU = Interface(
    name='/carla/{role}/imu',
    type='sensor_msgs/msg/Imu',
    sender=WORLD,
    listeners=(PERCEPTION,),
    meaning='acceleration with gravity [m/s²], turn rate [rad/s], orientation in map',
    rate_hz=20.0,
)
GNSS = Interface(
    name='/carla/{role}/gnss',
    type='sensor_msgs/msg/NavSatFix',
    sender=WORLD,
    listeners=(PERCEPTION,),
    meaning='latitude and longitude [deg], altitude [m]',
    rate_hz=20.0,
)
SPEEDOMETER = Interface(
    name='/carla/{role}/speedometer',
    type='std_msgs/msg/Float32',
    sender=WORLD,
    listeners=(PERCEPTION,),
    meaning='forward speed [m/s], negative when reversing',
    rate_hz=20.0,
)
VEHICLE_STATUS = Interface(
    name='/carla/{role}/vehicle_status',
    type='carla_msgs/msg/CarlaEgoVehicleStatus',
    sender=WORLD,
    listeners=(CONTROL,),
    meaning='speed [m/s], acceleration in map [m/s²], command in force (CARLA signs)',
    rate_hz=20.0,
)
VEHICLE_INFO = Interface(
    name='/carla/{role}/vehicle_info',
    type='carla_msgs/msg/CarlaEgoVehicleInfo',
    sender=WORLD,
    listeners=(CONTROL,),
    meaning='mass, wheels, largest wheel angle [rad]; once',
    qos=BRIDGE_LATCHED,
)
ROUTE = Interface(
    name='/carla/{role}/global_plan',
    type='carla_msgs/msg/CarlaRoute',
    sender=WORLD,
    listeners=(PERCEPTION,),
    meaning='route to drive in map [m] with a command for each point; when it is set',
    qos=LATCHED,
)
GNSS_ROUTE = Interface(
    name='/carla/{role}/global_plan_gnss',
    type='carla_msgs/msg/CarlaGnssRoute',
    sender=WORLD,
    listeners=(),
    meaning='the same route in latitude and longitude [deg]',
    qos=LATCHED,
)
WAYPOINTS = Interface(
    name='/carla/{role}/waypoints',
    type='nav_msgs/msg/Path',
    sender=WORLD,
    listeners=(),
    meaning='the same route as a path in map [m], for display and waypoint followers',
    qos=LATCHED,
)
COLLISION = Interface(
    name='/carla/{role}/collision',
    type='carla_msgs/msg/CarlaCollisionEvent',
    sender=WORLD,
    listeners=(),
    meaning='the car hit something; impulse [N s]',
)
LANE_INVASION = Interface(
    name='/carla/{role}/lane_invasion',
    type='carla_msgs/msg/CarlaLaneInvasionEvent',
    sender=WORLD,
    listeners=(),
    meaning='the car crossed lane markings',
)
CONTROL_COMMAND = Interface(
    name='/carla/{role}/vehicle_control_cmd',
    type='carla_msgs/msg/CarlaEgoVehicleControl',
    sender=CONTROL,
    listeners=(WORLD,),
    meaning='throttle, brake, steering (CARLA sign: positive right), stamped with the tick',
    qos=NEWEST,
    listener_qos=BRIDGE,
    rate_hz=20.0,
)
MANUAL_COMMAND = Interface(
    name='/carla/{role}/vehicle_control_cmd_manual',
    type='carla_msgs/msg/CarlaEgoVehicleControl',
    sender=USER,
    listeners=(WORLD,),
    meaning='command of a person, used while the override is on',
)
MANUAL_OVERRIDE = Interface(
    name='/carla/{role}/vehicle_control_manual_override',
    type='std_msgs/msg/Bool',
    sender=USER,
    listeners=(WORLD, CONTROL),
    meaning='true: the manual command drives',
    qos=LATCHED,
)
AUTOPILOT = Interface(
    name='/carla/{role}/enable_autopilot',
    type='std_msgs/msg/Bool',
    sender=USER,
    listeners=(WORLD, CONTROL),
    meaning="true: the world's own driver drives",
)
STACK_READY = Interface(
    name='/carla/{role}/status',
    type='std_msgs/msg/Bool',
    sender=CONTROL,
    listeners=(WORLD,),
    meaning='true once the stack can drive (leaderboard agents wait for it)',
    qos=LATCHED,
)
WORLD_STATUS = Interface(
    name='/carla/status',
    type='carla_msgs/msg/CarlaStatus',
    sender=WORLD,
    listeners=(),
    meaning='frame number, step [s], whether the world waits for commands',
    rate_hz=20.0,
)
WORLD_INFO = Interface(
    name='/carla/world_info',
    type='carla_msgs/msg/CarlaWorldInfo',
    sender=WORLD,
    listeners=(),
    meaning='town and OpenDRIVE text; once',
    qos=BRIDGE_LATCHED,
)
WORLD_MAP = Interface(
    name='/carla/map',
    type='std_msgs/msg/String',
    sender=WORLD,
    listeners=(),
    meaning='OpenDRIVE text; once',
    qos=BRIDGE_LATCHED,
)
WORLD_CONTROL = Interface(
    name='/carla/control',
    type='carla_msgs/msg/CarlaControl',
    sender=USER,
    listeners=(WORLD,),
    meaning='play, pause, step once (lockstep only)',
)
ACTOR_LIST = Interface(
    name='/carla/actor_list',
    type='carla_msgs/msg/CarlaActorList',
    sender=WORLD,
    listeners=(),
    meaning='id, type and role of every actor',
    rate_hz=20.0,
)
LIGHT_INFO = Interface(
    name='/carla/traffic_lights/info',
    type='carla_msgs/msg/CarlaTrafficLightInfoList',
    sender=WORLD,
    listeners=(),
    meaning='where the traffic lights stand and apply, in map [m]; when the set changes',
    qos=BRIDGE_LATCHED,
)
LIGHT_STATUS = Interface(
    name='/carla/traffic_lights/status',
    type='carla_msgs/msg/CarlaTrafficLightStatusList',
    sender=WORLD,
    listeners=(),
    meaning='what all traffic lights show; when one changes',
    qos=BRIDGE_LATCHED,
)

# ---- ROS itself ------------------------------------------------------------------------------

TF_TOPIC = Interface(
    name='/tf',
    type='tf2_msgs/msg/TFMessage',
    sender=WORLD,
    listeners=(),
    meaning='map to the vehicle (frame: role name), vehicle to each sensor',
    qos=TF,
    rate_hz=20.0,
)
TF_STATIC = Interface(
    name='/tf_static',
    type='tf2_msgs/msg/TFMessage',
    sender='bringup',
    listeners=(),
    meaning='vehicle (role name) to base_link, the identity',
    qos=LATCHED,
)
DIAGNOSTICS = Interface(
    name='/diagnostics',
    type='diagnostic_msgs/msg/DiagnosticArray',
    sender='every node',
    listeners=(),
    meaning='what works and what does not, and why (REP-107)',
    qos=NOTIFY,
    rate_hz=1.0,
)

SECTIONS: dict[str, tuple[Interface, ...]] = {
    'The stack': (
        OBSERVATION,
        PLAN,
        COMMENTARY,
        INSTRUCTION,
        INSTRUCTION_STATUS,
        SAFETY_STATE,
        ASK,
        FOLLOW_INSTRUCTION,
    ),
    'The world': (
        CLOCK_TOPIC,
        IMAGE,
        CAMERA_INFO,
        ODOMETRY,
        IMU,
        GNSS,
        SPEEDOMETER,
        VEHICLE_STATUS,
        VEHICLE_INFO,
        ROUTE,
        GNSS_ROUTE,
        WAYPOINTS,
        COLLISION,
        LANE_INVASION,
        WORLD_STATUS,
        WORLD_INFO,
        WORLD_MAP,
        ACTOR_LIST,
        LIGHT_INFO,
        LIGHT_STATUS,
    ),
    'To the world': (
        CONTROL_COMMAND,
        STACK_READY,
        MANUAL_COMMAND,
        MANUAL_OVERRIDE,
        AUTOPILOT,
        WORLD_CONTROL,
    ),
    'ROS': (TF_TOPIC, TF_STATIC, DIAGNOSTICS),
}

ALL: tuple[Interface, ...] = tuple(entry for group in SECTIONS.values() for entry in group)
