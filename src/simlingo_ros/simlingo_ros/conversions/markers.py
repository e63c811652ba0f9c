# SPDX-License-Identifier: Apache-2.0
"""Conversion of shapes to markers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from simlingo_core.checks import finite_array
from simlingo_core.errors import ContractError
from simlingo_ros.conversions.geometry import MAP_FRAME, make_header, vector_to_point

Color = tuple[float, float, float, float]


class ShapeKind(IntEnum):
    """Kind of a shape, numbered as in visualization_msgs/Marker."""

    LINE = Marker.LINE_STRIP
    POINTS = Marker.SPHERE_LIST
    TEXT = Marker.TEXT_VIEW_FACING


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One thing to draw.

    Attributes:
        name: namespace of its marker; unique.
        kind: line through the points, a ball at each, or a text at the first.
        points_map_m: shape (N, 3); empty: the shape is removed.
        color: red, green, blue, alpha, each 0 to 1.
        size_m: width of the line, diameter of the balls, height of a letter.
        colors: one for each point instead; empty: all have ``color``.
        text: of a text; empty: it is removed.
    """

    name: str
    kind: ShapeKind
    points_map_m: NDArray[np.float64]
    color: Color
    size_m: float
    colors: tuple[Color, ...] = ()
    text: str = ''

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        is_mute = self.kind is ShapeKind.TEXT and not self.text.strip()
        return len(self.points_map_m) == 0 or is_mute


def shapes_to_message(shapes: Iterable[Shape], stamp: Time) -> MarkerArray:
    """Return markers in map; empty shapes delete theirs.

    Raises:
        ContractError: points are not of shape (N, 3), or colours are not one for each point.
        NonFiniteError: a coordinate is NaN or infinite.
    """
    return MarkerArray(markers=[_marker(shape, stamp) for shape in shapes])


def _marker(shape: Shape, stamp: Time) -> Marker:
    marker = Marker(header=make_header(stamp, MAP_FRAME), ns=shape.name, type=int(shape.kind))
    if shape.is_empty:
        marker.action = Marker.DELETE
        return marker
    points = finite_array(f'{shape.name}.points_map_m', shape.points_map_m, (None, 3))
    if shape.colors and len(shape.colors) != len(points):
        raise ContractError(
            f'{shape.name} has {len(shape.colors)} colours for {len(points)} points'
        )
    marker.action = Marker.ADD
    marker.color = _color(shape.color)
    marker.scale.x = marker.scale.y = marker.scale.z = shape.size_m
    marker.pose.orientation.w = 1.0
    if shape.kind is ShapeKind.TEXT:
        marker.pose.position = vector_to_point(points[0])
        marker.text = shape.text
        return marker
    marker.points = [vector_to_point(point) for point in points]
    marker.colors = [_color(color) for color in shape.colors]
    return marker


def _color(color: Color) -> ColorRGBA:
    red, green, blue, alpha = color
    return ColorRGBA(r=red, g=green, b=blue, a=alpha)
