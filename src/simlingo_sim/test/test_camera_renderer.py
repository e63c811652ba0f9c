# SPDX-License-Identifier: Apache-2.0
import hashlib
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from simlingo_core.errors import ConfigError, WorldError
from simlingo_core.geometry import Pose2
from simlingo_sim.actor_catalog import MODELS
from simlingo_sim.camera.boxes import actor_boxes, light_boxes, project_box
from simlingo_sim.camera.renderer import Renderer
from simlingo_sim.camera.specs import (
    CameraQuality,
    CameraSpec,
    chase_camera,
    top_camera,
    training_camera,
)
from simlingo_sim.state import ActorKind, ActorState, LightState, WorldState
from simlingo_sim.town.loading import load_town
from simlingo_sim.town.town import Town

SMALL = training_camera(256, 128)
EXTENTS_M = {
    ActorKind.CAR: (2.3, 0.95, 0.73),
    ActorKind.SUV: (2.35, 1.0, 0.88),
    ActorKind.VAN: (2.7, 1.02, 1.1),
    ActorKind.TRUCK: (4.05, 1.3, 1.7),
    ActorKind.BICYCLE: (0.88, 0.3, 0.9),
    ActorKind.PEDESTRIAN: (0.25, 0.28, 0.875),
    ActorKind.CONE: (0.24, 0.24, 0.39),
    ActorKind.WARNING_SIGN: (0.28, 0.75, 0.85),
}


@pytest.fixture(scope='module')
def town() -> Town:
    return load_town('Town91')


@pytest.fixture(scope='module')
def plain(town: Town) -> Iterator[Renderer]:
    renderer = Renderer(town, CameraQuality.PLAIN, 0)
    yield renderer
    renderer.close()


def actor(kind: ActorKind, pose: Pose2, ident: int = 2, **changes: object) -> ActorState:
    return ActorState(
        id=ident,
        kind=kind,
        type_id=MODELS[kind].type_ids[0] if kind is ActorKind.BILLBOARD else kind.value,
        role='traffic',
        pose_map=pose,
        extent_m=EXTENTS_M.get(kind, MODELS[kind].extent_m),
        **({'speed_mps': 0.0, 'color_rgb': (230, 20, 200)} | changes),
    )


def before_light(town: Town, back_m: float = 25.0) -> Pose2:
    """On the right lane, ``back_m`` before the first traffic light."""
    light = town.traffic_lights[0]
    left, right = light.stop_line_map_m
    lane = right + (left - right) / np.linalg.norm(left - right) * 1.75
    return Pose2(*lane, light.pose_map.yaw_rad + math.pi) @ Pose2(-back_m, 0.0, 0.0)


def state_at(ego: Pose2, *actors: ActorState, t_s: float = 0.0, light: int = 3) -> WorldState:
    lights = {k: LightState(light) for k in range(10001, 10100)}
    hero = actor(ActorKind.CAR, ego, 1)
    return WorldState(tick=0, t_s=t_s, ego=hero, actors=actors, lights=lights)


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return (before.astype(int) != after.astype(int)).any(axis=2)


def test_image_is_bgra_rows_from_the_top(town, plain):
    image = plain.render(state_at(before_light(town)), SMALL)
    assert image.shape == (128, 256, 4)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert (image[..., 3] == 255).all()
    blue, _, red = image[0, :, :3].astype(int).mean(axis=0)
    assert blue > red + 30, 'the first row is blue sky'
    road = image[-1, 118:138, :3].astype(int)
    assert abs(road[:, 0] - road[:, 2]).max() < 25, 'the last row is grey road'


@pytest.mark.parametrize('kind', list(ActorKind))
@pytest.mark.parametrize('place', [(12.0, 0.0), (18.0, 3.0)])
def test_projected_box_surrounds_what_is_drawn(town, plain, kind, place):
    ego = before_light(town, 45.0)
    camera = training_camera(512, 256)
    state = state_at(ego, actor(kind, ego @ Pose2(*place, 0.4)))
    drawn = changed(plain.render(state_at(ego), camera), plain.render(state, camera))
    rows, columns = np.nonzero(drawn)
    (box,) = actor_boxes(state)
    expected = project_box(box, camera)
    assert expected is not None
    # Mirrors reach a little over the box; two-wheelers do not fill its corners.
    slack = 8 if kind in (ActorKind.BICYCLE, ActorKind.MOTORCYCLE) else 3
    assert columns.min() == pytest.approx(expected.left_px, abs=slack)
    assert columns.max() == pytest.approx(expected.right_px, abs=slack)
    assert rows.min() == pytest.approx(expected.top_px, abs=slack)
    assert rows.max() == pytest.approx(expected.bottom_px, abs=slack)


@pytest.mark.parametrize(
    ('state', 'channels'),
    [(LightState.RED, (2,)), (LightState.YELLOW, (1, 2)), (LightState.GREEN, (1,))],
)
def test_light_color_is_where_the_head_is(town, plain, state, channels):
    ego = before_light(town, 12.0)
    camera = training_camera()
    lit = state_at(ego, light=int(state))
    image = plain.render(lit, camera)
    dark = plain.render(state_at(ego, light=int(LightState.OFF)), camera)
    (head, *_) = [b for b in light_boxes(town, lit) if b.id == town.traffic_lights[0].id]
    box = project_box(head, camera)
    assert box is not None
    window = (
        slice(int(box.top_px), int(box.bottom_px)),
        slice(int(box.left_px), int(box.right_px)),
    )
    lamp = changed(image, dark)[window]
    assert lamp.sum() > 30
    mean = image[window][lamp][:, :3].mean(axis=0)
    for channel in range(3):
        assert (mean[channel] > 150) == (channel in channels)


def test_same_seed_and_state_give_the_same_bytes_in_another_process(town, plain):
    program = (
        'import hashlib, test_camera_renderer as t\n'
        'town = t.load_town("Town91")\n'
        'ego = t.before_light(town)\n'
        'first = t.Renderer(town, t.CameraQuality(%r), 7)\n'
        'car = t.actor(t.ActorKind.CAR, ego @ t.Pose2(12.0, 0.0, 0.0))\n'
        'image = first.render(t.state_at(ego, car), t.SMALL)\n'
        'print(hashlib.sha256(image.tobytes()).hexdigest())\n'
    )
    folder = __file__.rsplit('/', 1)[0]
    for quality in (CameraQuality.PLAIN, CameraQuality.FULL):
        digests = []
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, '-c', program % quality.value],
                cwd=folder,
                capture_output=True,
                text=True,
                check=True,
                timeout=120,
            )
            digests.append(done.stdout.split()[-1])
        assert digests[0] == digests[1]
    ego = before_light(town)
    car = actor(ActorKind.CAR, ego @ Pose2(12.0, 0.0, 0.0))
    here = Renderer(town, CameraQuality.FULL, 7)
    # What was drawn before must leave no trace.
    here.render(state_at(ego @ Pose2(-5.0, 0.0, 0.3), light=2), SMALL)
    image = here.render(state_at(ego, car), SMALL)
    here.close()
    assert hashlib.sha256(image.tobytes()).hexdigest() == digests[0]


def test_other_seed_gives_another_image(town, plain):
    other = Renderer(town, CameraQuality.PLAIN, 1)
    state = state_at(before_light(town))
    assert changed(plain.render(state, SMALL), other.render(state, SMALL)).mean() > 0.5
    other.close()


def test_quality_smooths_edges_and_casts_shadows(town, plain):
    ego = before_light(town)
    state = state_at(ego, actor(ActorKind.TRUCK, ego @ Pose2(12.0, 0.0, 0.0)))
    images = [plain.render(state, SMALL)]
    for quality in (CameraQuality.ANTIALIASED, CameraQuality.FULL):
        renderer = Renderer(town, quality, 0)
        images.append(renderer.render(state, SMALL))
        renderer.close()
    jagged, smooth, shadowed = (image[..., :3].astype(float) for image in images)

    def colors(image: np.ndarray) -> int:
        return len(np.unique(image[40:80].reshape(-1, 3), axis=0))

    assert colors(smooth) > 1.2 * colors(jagged)
    darker = (smooth - shadowed).mean(axis=2)[64:]
    assert (darker > 20).mean() > 0.005, 'somewhere the ground lies in shadow'
    assert (darker < -20).mean() < 0.002, 'nothing gets brighter'


def test_ego_is_drawn_by_the_chase_camera_only(town, plain):
    ego = before_light(town)
    red = state_at(ego)
    blue = replace(red, ego=replace(red.ego, color_rgb=(20, 20, 250)))
    assert not changed(plain.render(red, SMALL), plain.render(blue, SMALL)).any()
    for camera in (replace(chase_camera(), width_px=256, height_px=144), top_camera(128, 128)):
        assert changed(plain.render(red, camera), plain.render(blue, camera)).sum() > 10


def test_brake_lamp_blinker_and_gait_are_seen(town, plain):
    ego = before_light(town, 45.0)
    ahead = ego @ Pose2(9.0, 0.0, 0.0)
    camera = training_camera(512, 256)

    def shown(t_s: float = 0.1, kind: ActorKind = ActorKind.CAR, **changes: object) -> np.ndarray:
        return plain.render(state_at(ego, actor(kind, ahead, **changes), t_s=t_s), camera)

    calm = shown()
    assert changed(calm, shown(is_braking=True)).sum() > 30
    assert changed(calm, shown(blinks_left=True)).sum() > 5
    assert not changed(calm, shown(t_s=0.5, blinks_left=True)).any(), 'the dark half of a blink'
    left, right = (
        np.nonzero(changed(calm, shown(**{k: True})))[1].mean()
        for k in ('blinks_left', 'blinks_right')
    )
    assert left < right
    walker = ActorKind.PEDESTRIAN
    steps = [shown(kind=walker, walk_phase=p, speed_mps=1.4) for p in (0.0, 1.5)]
    assert changed(*steps).sum() > 20


def test_two_towns_at_once_and_again_after_closing(town, plain):
    other_town = load_town('Town92')
    sign = other_town.stop_signs[0]
    state = state_at(Pose2(*sign.stop_line_map_m.mean(axis=0), sign.pose_map.yaw_rad + math.pi))
    first = Renderer(other_town, CameraQuality.PLAIN, 3)
    rendered = first.render(state, SMALL)
    home = plain.render(state_at(before_light(town)), SMALL)
    first.close()
    with pytest.raises(WorldError, match='closed'):
        first.render(state, SMALL)
    again = Renderer(other_town, CameraQuality.PLAIN, 3)
    assert not changed(rendered, again.render(state, SMALL)).any()
    again.close()
    assert not changed(home, plain.render(state_at(before_light(town)), SMALL)).any()


def test_several_cameras_do_not_disturb_each_other(town, plain):
    state = state_at(before_light(town))
    alone = plain.render(state, SMALL)
    plain.render(state, CameraSpec(width_px=64, height_px=48, fov_deg=60.0, yaw_rad=0.5))
    assert not changed(alone, plain.render(state, SMALL)).any()


def test_negative_seed_is_refused(town):
    with pytest.raises(ConfigError, match='seed'):
        Renderer(town, CameraQuality.PLAIN, -1)


@pytest.mark.parametrize(('fov_deg', 'is_drawn'), [(110.0, False), (20.0, True)])
def test_a_car_far_away_is_drawn_where_it_is_large_in_the_image(
    town: Town, plain: Renderer, fov_deg: float, is_drawn: bool
) -> None:
    # From high above the streets nothing stands between.
    camera = CameraSpec(z_m=60.0, pitch_rad=0.22, width_px=1024, height_px=512, fov_deg=fov_deg)
    ego = before_light(town)
    car = actor(ActorKind.CAR, ego @ Pose2(220.0, 0.0, 0.0))
    empty = plain.render(state_at(ego), camera)
    assert changed(empty, plain.render(state_at(ego, car), camera)).any() == is_drawn
