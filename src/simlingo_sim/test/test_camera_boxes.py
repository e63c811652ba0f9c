# SPDX-License-Identifier: Apache-2.0
import math

import numpy as np
import pytest

from simlingo_core.geometry import Pose2
from simlingo_sim.camera.boxes import actor_boxes, label_boxes, light_boxes, project_box
from simlingo_sim.camera.specs import CameraSpec, top_camera, training_camera
from simlingo_sim.camera.surroundings import Building
from simlingo_sim.state import ActorKind, ActorState, LightState, WorldState
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.town import Town

CAR_EXTENT_M = (2.3, 0.95, 0.73)


@pytest.fixture(scope='module')
def town() -> Town:
    return load_town('Town91')


def car(ident: int, pose: Pose2, **changes: object) -> ActorState:
    values: dict[str, object] = {
        'kind': ActorKind.CAR,
        'type_id': 'vehicle.lincoln.mkz_2020',
        'role': 'traffic',
        'speed_mps': 0.0,
        'extent_m': CAR_EXTENT_M,
    }
    return ActorState(id=ident, pose_map=pose, **(values | changes))


def state_with(*actors: ActorState, ego: Pose2 | None = None) -> WorldState:
    pose = ego or Pose2(0.0, 0.0, 0.0)
    return WorldState(tick=0, t_s=0.0, ego=car(1, pose, role='hero'), actors=actors, lights={})


def test_pinhole_matches_the_closed_form():
    # 20 m before the camera, 2 m to the left and 1 m above it.
    camera = training_camera()
    focal = 512 / math.tan(math.radians(55))
    pixel = camera.project(np.array([[20.0, 2.0, 1.0]]))[0]
    np.testing.assert_allclose(pixel, [512 - focal * 0.1, 256 - focal * 0.05])


def test_box_of_a_car_ahead_in_base_link_and_in_the_image():
    ego = Pose2(10.0, -5.0, math.pi / 2)
    (box,) = actor_boxes(state_with(car(2, Pose2(10.0, 15.0, math.pi)), ego=ego))
    np.testing.assert_allclose(box.centre_base_m, [20.0, 0.0, 0.73], atol=1e-9)
    assert box.yaw_base_rad == pytest.approx(math.pi / 2)
    projected = project_box(box, training_camera())
    assert projected is not None
    # Crosswise: its width in the image is its length; the nearest corner decides.
    focal = 512 / math.tan(math.radians(55))
    near = 20.0 - 0.95 + 1.5
    assert projected.right_px - 512 == pytest.approx(focal * 2.3 / near)
    assert projected.bottom_px - 256 == pytest.approx(focal * 2.0 / near)


def test_box_behind_is_not_in_the_image():
    (box,) = actor_boxes(state_with(car(2, Pose2(-20.0, 0.0, 0.0))))
    assert project_box(box, training_camera()) is None


def test_box_that_passes_through_the_camera_plane_is_clipped():
    (box,) = actor_boxes(state_with(car(2, Pose2(-1.5, 3.0, 0.0))))
    projected = project_box(box, training_camera())
    assert projected is not None
    assert projected.left_px == 0.0
    assert 0.0 < projected.right_px < 512.0


def test_top_view_projects_without_perspective():
    (box,) = actor_boxes(state_with(car(2, Pose2(20.0, 0.0, 0.0))))
    projected = project_box(box, top_camera(512, 512, width_m=64.0, ahead_m=0.0))
    assert projected is not None
    assert projected.right_px - projected.left_px == pytest.approx(2 * 0.95 * 8)
    assert (projected.top_px + projected.bottom_px) / 2 == pytest.approx(256 - 20 * 8)


def test_hidden_car_is_not_visible_and_the_hiding_one_is(town):
    truck = car(2, Pose2(15.0, 0.0, 0.0), kind=ActorKind.TRUCK, extent_m=(4.0, 1.3, 1.75))
    hidden = car(3, Pose2(30.0, 0.0, 0.0))
    free = car(4, Pose2(30.0, 8.0, 0.0))
    far_away = Pose2(5000.0, 5000.0, 0.0)
    moved = [
        car(a.id, far_away @ a.pose_map, kind=a.kind, extent_m=a.extent_m)
        for a in (truck, hidden, free)
    ]
    boxes = label_boxes(town, state_with(*moved, ego=far_away), training_camera())
    share = {box.id: box.visible_share for box in boxes}
    assert share[2] == 1.0
    assert share[3] == 0.0
    assert share[4] == 1.0


def test_building_hides_what_is_behind_it(town):
    far_away = Pose2(5000.0, 5000.0, 0.0)
    state = state_with(car(2, Pose2(5040.0, 5000.0, 0.0)), ego=far_away)
    corners = np.array([[5020.0, 4990], [5025, 4990], [5025, 5010], [5020, 5010]])
    walls = [Building(corners, 9.0)]
    (seen,) = label_boxes(town, state, training_camera())
    (hidden,) = label_boxes(town, state, training_camera(), walls)
    assert seen.visible_share == 1.0
    assert hidden.visible_share == 0.0


def test_half_of_a_car_at_the_edge_is_half_visible(town):
    far_away = Pose2(5000.0, 5000.0, 0.0)
    # With 90 degrees the left edge of the image is the diagonal.
    camera = CameraSpec(x_m=0.0, z_m=1.0, fov_deg=90.0)
    state = state_with(car(2, far_away @ Pose2(20.0, 20.0, math.pi / 4)), ego=far_away)
    (box,) = label_boxes(town, state, camera)
    assert 0.3 <= box.visible_share <= 0.7


def test_lights_carry_their_state_and_face_their_traffic(town):
    light = town.traffic_lights[0]
    ego = Pose2(*light.stop_line_map_m.mean(axis=0), light.pose_map.yaw_rad + math.pi) @ Pose2(
        -15.0, 0.0, 0.0
    )
    state = WorldState(
        tick=0, t_s=0.0, ego=car(1, ego), actors=(), lights={light.id: LightState.YELLOW}
    )
    heads = [box for box in light_boxes(town, state) if box.id == light.id]
    assert len(heads) == 3
    for head in heads:
        assert head.light_state is LightState.YELLOW
        assert head.centre_base_m[0] > 10.0
        assert abs(head.yaw_base_rad) == pytest.approx(math.pi, abs=1e-6)
        assert project_box(head, training_camera()) is not None
