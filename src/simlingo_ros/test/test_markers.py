# SPDX-License-Identifier: Apache-2.0
"""Markers and paths with times."""

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from visualization_msgs.msg import Marker

from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_ros.conversions.geometry import path_to_message
from simlingo_ros.conversions.markers import Shape, ShapeKind, shapes_to_message

pytestmark = pytest.mark.ros
RED = (1.0, 0.0, 0.0, 1.0)


def shape(**changes):
    points = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    fields = {'name': 'path', 'kind': ShapeKind.LINE, 'points_map_m': points}
    return Shape(**{**fields, 'color': RED, 'size_m': 0.5, **changes})


def test_shapes_become_markers_in_map():
    stamp = Time(sec=3)
    line, balls, text = shapes_to_message(
        [
            shape(),
            shape(name='balls', kind=ShapeKind.POINTS, colors=(RED, RED)),
            shape(name='text', kind=ShapeKind.TEXT, text='Driving on.'),
        ],
        stamp,
    ).markers

    assert (line.header.frame_id, line.header.stamp, line.ns) == ('map', stamp, 'path')
    assert (line.type, line.action) == (Marker.LINE_STRIP, Marker.ADD)
    assert (line.points[1].x, line.points[1].z, line.scale.x) == (4.0, 6.0, 0.5)
    assert line.pose.orientation.w == 1.0
    assert len(balls.colors) == 2
    assert (text.text, text.pose.position.y, len(text.points)) == ('Driving on.', 2.0, 0)


def test_an_empty_shape_removes_its_marker():
    nothing = shape(points_map_m=np.empty((0, 3)))
    mute = shape(name='text', kind=ShapeKind.TEXT, text='  ')

    markers = shapes_to_message([nothing, mute], Time()).markers

    assert [marker.action for marker in markers] == [Marker.DELETE, Marker.DELETE]


def test_wrong_shapes_are_refused():
    with pytest.raises(ContractError, match='1 colours for 2 points'):
        shapes_to_message([shape(colors=(RED,))], Time())
    with pytest.raises(NonFiniteError, match=r'path\.points_map_m'):
        shapes_to_message([shape(points_map_m=np.array([[0.0, np.nan, 0.0]]))], Time())


def test_each_pose_of_a_timed_path_has_the_time_at_which_it_is_due():
    points = np.column_stack([np.arange(3.0), np.zeros(3), np.full(3, 7.0)])

    path = path_to_message(points, Time(sec=1, nanosec=900_000_000), period_s=0.25)

    times = [(p.header.stamp.sec, p.header.stamp.nanosec) for p in path.poses]
    assert times == [(2, 150_000_000), (2, 400_000_000), (2, 650_000_000)]
    assert (path.header.stamp.sec, path.poses[2].pose.position.z) == (1, 7.0)
