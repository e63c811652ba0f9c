# SPDX-License-Identifier: Apache-2.0
"""Tools of CARLA at the node of the embedded world: services, objects, goal, place, twist."""

import signal

import pytest

from simlingo_ros import interfaces
from simlingo_ros.endpoints import create_publisher, create_subscription, load_type
from simlingo_ros.interfaces import Interface

pytestmark = pytest.mark.ros
BASE = '/carla/ego_vehicle'
DEPTH_TOPIC = Interface(
    name=f'{BASE}/eye/image',
    type='sensor_msgs/msg/Image',
    sender='world',
    listeners=(),
    meaning='of the sensor that the test spawns',
)


class Tool:
    """A tool that talks to the world."""

    def __init__(self, observer):
        self.node, self.until = observer.node, observer.spin_until
        self._call = observer.call
        self.newest = {}

    def listen(self, interface):
        create_subscription(
            self.node, interface, lambda message: self.newest.update({interface.name: message})
        )

    def heard(self, interface):
        return self.newest.get(interface.name)

    def call(self, interface, **fields):
        kind = load_type(interface.type)
        return self._call(kind, interface.resolve(), kind.Request(**fields))

    def say(self, interface, message, holds):
        """Publish until something has happened."""
        publisher = create_publisher(self.node, interface)
        self.until(lambda: publisher.get_subscription_count() > 0)

        def has_happened():
            publisher.publish(message)
            return holds()

        self.until(has_happened)


@pytest.fixture
def tool(start, observer):
    words = ['route:=train:2', 'vehicles:=3', 'pedestrians:=1', 'has_camera:=false',
             'ends_when_done:=false']  # fmt: skip
    process = start(
        '-m', 'simlingo_sim', '--ros-args', *[part for word in words for part in ('-p', word)]
    )
    tool = Tool(observer)
    for interface in (interfaces.ODOMETRY, interfaces.ROUTE, interfaces.OBJECTS,
                      interfaces.EGO_OBJECTS, interfaces.WORLD_MARKERS, interfaces.ACTOR_LIST,
                      interfaces.VEHICLE_STATUS):  # fmt: skip
        tool.listen(interface)
    tool.until(lambda: tool.heard(interfaces.ODOMETRY) and tool.heard(interfaces.ROUTE))
    yield tool
    process.signal_group(signal.SIGINT)
    assert process.wait() == 0, process.output


def test_tools_of_carla_find_what_they_attach_to(tool):
    """One world for all of it, because its start is what takes the time."""
    for check in (
        check_objects_and_markers,
        check_waypoints,
        check_sensor,
        check_goal_and_place,
        check_twist_and_ackermann,
    ):
        check(tool)


def check_objects_and_markers(tool):
    topics = (interfaces.OBJECTS, interfaces.EGO_OBJECTS, interfaces.WORLD_MARKERS)
    tool.until(lambda: all(map(tool.heard, topics)))
    everybody, others, markers = (tool.heard(topic) for topic in topics)
    assert everybody.objects[0].id == 1
    assert 1 not in {entry.id for entry in others.objects}
    assert len(everybody.objects) > 3
    assert {m.id for m in markers.markers} >= {1}
    # Latched: this tool came after it was sent.
    tool.listen(interfaces.STATIC_MARKERS)
    tool.until(lambda: tool.heard(interfaces.STATIC_MARKERS))
    static = tool.heard(interfaces.STATIC_MARKERS).markers
    assert len(static) > 20
    assert all(marker.scale.x >= marker.scale.y > 0.0 for marker in static[:20])
    assert {e.id for e in everybody.objects} <= {a.id for a in tool.heard(
        interfaces.ACTOR_LIST).actors}  # fmt: skip


def check_sensor(tool):
    from diagnostic_msgs.msg import KeyValue
    from geometry_msgs.msg import Point, Pose

    names = tool.call(interfaces.GET_BLUEPRINTS, filter='sensor.camera.*').blueprints
    assert 'sensor.camera.depth' in names
    place = Pose(position=Point(x=1.0, z=1.5))
    place.orientation.w = 1.0
    attributes = [
        KeyValue(key='image_size_x', value='64'),
        KeyValue(key='image_size_y', value='32'),
    ]
    wanted = dict(type='sensor.camera.depth', id='eye', transform=place, attach_to=1)
    answer = tool.call(interfaces.SPAWN_OBJECT, **wanted, attributes=attributes)
    assert (answer.error_string, answer.id > 0) == ('', True)
    again = tool.call(interfaces.SPAWN_OBJECT, **wanted)
    assert again.id == -1
    assert 'is taken' in again.error_string
    tool.listen(DEPTH_TOPIC)
    tool.until(lambda: tool.heard(DEPTH_TOPIC))
    assert (tool.heard(DEPTH_TOPIC).encoding, tool.heard(DEPTH_TOPIC).width) == ('32FC1', 64)
    assert tool.call(interfaces.DESTROY_OBJECT, id=answer.id).success
    assert not tool.call(interfaces.DESTROY_OBJECT, id=answer.id).success


def check_waypoints(tool):
    from geometry_msgs.msg import Point

    place = tool.heard(interfaces.ODOMETRY).pose.pose.position
    location = Point(x=place.x, y=place.y)
    waypoint = tool.call(interfaces.GET_WAYPOINT, location=location).waypoint
    assert abs(waypoint.pose.position.x - place.x) + abs(waypoint.pose.position.y - place.y) < 2.0
    assert waypoint.lane_id != 0
    mine = tool.call(interfaces.GET_ACTOR_WAYPOINT, id=1).waypoint
    assert (mine.road_id, mine.lane_id) == (waypoint.road_id, waypoint.lane_id)
    assert tool.call(interfaces.GET_ACTOR_WAYPOINT, id=99_999).waypoint.lane_id == 0


def check_goal_and_place(tool):
    from geometry_msgs.msg import Pose, PoseStamped

    poses = tool.heard(interfaces.ROUTE).poses
    goal = PoseStamped(pose=poses[len(poses) // 2])
    goal.header.frame_id = 'map'

    def ends_there():
        last = tool.heard(interfaces.ROUTE).poses[-1].position
        return abs(last.x - goal.pose.position.x) + abs(last.y - goal.pose.position.y) < 4.0

    assert not ends_there()
    tool.say(interfaces.GOAL, goal, ends_there)
    there = Pose(position=poses[12].position, orientation=poses[12].orientation)

    def is_there():
        here = tool.heard(interfaces.ODOMETRY).pose.pose.position
        return abs(here.x - there.position.x) + abs(here.y - there.position.y) < 0.5

    tool.say(interfaces.SET_TRANSFORM, there, is_there)


def check_twist_and_ackermann(tool):
    from ackermann_msgs.msg import AckermannDrive
    from geometry_msgs.msg import Twist

    def speed_mps():
        return tool.heard(interfaces.ODOMETRY).twist.twist.linear.x

    twist = Twist()
    twist.linear.x = 8.0
    tool.say(interfaces.TWIST_COMMAND, twist, lambda: speed_mps() > 1.0)
    status = tool.heard(interfaces.VEHICLE_STATUS)
    assert status.control.throttle == pytest.approx(0.8)
    tool.say(interfaces.ACKERMANN_COMMAND, AckermannDrive(), lambda: speed_mps() == 0.0)
    twist.linear.x = 12.0
    tool.say(interfaces.SET_TARGET_VELOCITY, twist, lambda: speed_mps() > 10.0)
