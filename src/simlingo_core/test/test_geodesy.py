# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_core.geodesy import GeoReference, compass_from_yaw, yaw_from_compass
from simlingo_core.geometry import wrap_angle_rad

references = st.builds(
    GeoReference, latitude_deg=st.floats(-70, 70), longitude_deg=st.floats(-170, 170)
)


@given(references, st.floats(-2e4, 2e4), st.floats(-2e4, 2e4), st.floats(-100, 1000))
def test_map_points_come_back(reference, x, y, z) -> None:
    fix = reference.geodetic_from_map([x, y, z])
    np.testing.assert_allclose(reference.map_from_geodetic(fix), [x, y, z], atol=1e-6)


def test_known_fixes() -> None:
    equator = GeoReference(latitude_deg=0.0, longitude_deg=0.0)
    np.testing.assert_allclose(
        equator.map_from_geodetic([[0.001, 0.002, 1.0], [-0.0005, 0.0, 0.0]]),
        [[222.63898159, 111.3194908, 1.0], [0.0, -55.6597454, 0.0]],
        atol=1e-7,
    )
    town = GeoReference(latitude_deg=49.0, longitude_deg=8.0)
    np.testing.assert_allclose(
        town.map_from_geodetic([49.001, 8.002, 0.0]), [146.06431408, 111.32060834, 0.0], atol=1e-6
    )


@pytest.mark.parametrize(
    ('compass', 'yaw'),
    [(0, math.pi / 2), (math.pi / 2, 0), (math.pi, -math.pi / 2), (3 * math.pi / 2, math.pi)],
)
def test_compass_points(compass, yaw) -> None:
    assert yaw_from_compass(compass) == pytest.approx(yaw)
    assert compass_from_yaw(yaw) == pytest.approx(compass)


@given(st.floats(-100, 100))
def test_compass_comes_back(yaw) -> None:
    compass = compass_from_yaw(yaw)
    assert 0.0 <= compass < 2 * math.pi
    assert abs(wrap_angle_rad(yaw_from_compass(compass) - yaw)) < 1e-9


def test_bad_fixes_are_refused() -> None:
    with pytest.raises(NonFiniteError):
        GeoReference().map_from_geodetic([math.nan, 0.0, 0.0])
    with pytest.raises(ContractError, match='beyond'):
        GeoReference().map_from_geodetic([89.0, 0.0, 0.0])
    with pytest.raises(ContractError, match='latitude_deg'):
        GeoReference(latitude_deg=90.0)
    with pytest.raises(NonFiniteError):
        yaw_from_compass(math.nan)
