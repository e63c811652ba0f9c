# SPDX-License-Identifier: Apache-2.0
"""The world as a whole: determinism, traffic, routes."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
import shapely
from street_route import GO, STAY, STREET, street

from simlingo_core.errors import WorldError
from simlingo_core.protocols import World
from simlingo_core.types import VehicleCommand
from simlingo_sim.episode_runner import make_scorer
from simlingo_sim.score.protocol import BENCH2DRIVE
from simlingo_sim.state import ActorKind, LightState
from simlingo_sim.tools.maps.make_towns import DATA_FOLDER
from simlingo_sim.town.route_files import read_routes
from simlingo_sim.world import state_digest

DIGEST_SCRIPT = """
import hashlib, sys
from simlingo_core.types import VehicleCommand
from simlingo_sim.world import SimWorld, state_digest
digest = hashlib.sha256()
with SimWorld() as world:
    frame = world.reset('test:16', seed=int(sys.argv[1]), with_image=False)
    for tick in range(400):
        command = VehicleCommand(throttle=0.45 if tick % 90 < 60 else 0.0, steer=0.01)
        frame = world.step(command, with_image=False)
        digest.update(state_digest(world.state).encode())
        digest.update(repr((frame.imu, frame.gnss, frame.speedometer_mps)).encode())
print(digest.hexdigest())
"""


def digest_in_new_process(seed, hash_seed):
    """Drive 400 ticks in another process and return the fingerprint of all states."""
    environment = {**os.environ, 'PYTHONHASHSEED': hash_seed}
    command = [sys.executable, '-c', DIGEST_SCRIPT, str(seed)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_same_seed_same_states_in_any_process():
    first = digest_in_new_process(0, '1')
    assert len(first) == 64
    assert digest_in_new_process(0, '2') == first
    assert digest_in_new_process(1, '1') != first


def test_same_seed_same_states_after_other_episodes(world):
    def drive(seed):
        world.reset('test:20', seed=seed, with_image=False)
        return [state_digest(world.state)] + [
            state_digest(world.state)
            for _ in range(60)
            if world.step(GO, with_image=False) is not None
        ]

    first = drive(3)
    other = drive(4)
    assert drive(3) == first
    assert other != first


def test_it_is_a_world_of_core(world):
    assert isinstance(world, World)


def test_frames_hold_the_time_and_the_true_state(world):
    frame = world.reset(street(), seed=1, with_image=False)
    assert (frame.tick, frame.t_s, frame.image_bgra) == (0, 0.0, None)
    np.testing.assert_allclose(frame.ego.pose_map.translation_m[:2], STREET[0], atol=0.1)
    for tick in range(1, 41):
        frame = world.step(GO, with_image=False)
        assert frame.tick == world.state.tick == tick
        assert frame.t_s == world.state.t_s == pytest.approx(tick * 0.05)
        ego, true = world.state.ego.pose_map, frame.ego.pose_map.planar
        assert (ego.x_m, ego.y_m) == (true.x_m, true.y_m)
        assert ego.yaw_rad == pytest.approx(true.yaw_rad)
    assert frame.speedometer_mps == frame.ego.speed_mps > 1.0
    assert world.route_arc_m == pytest.approx(frame.ego.pose_map.translation_m[1] + 150.0, abs=0.5)


def test_the_streets_are_full_and_stay_full(world):
    world.reset(street(), seed=2, with_image=False)
    for _ in range(3):
        for _ in range(100):
            world.step(STAY, with_image=False)
        moving = [a for a in world.state.actors if a.role == 'traffic']
        walkers = [a for a in moving if a.kind is ActorKind.PEDESTRIAN]
        assert len(walkers) == 10
        assert len(moving) - len(walkers) >= 28, 'a few may be cleared around the start'
        ids = [actor.id for actor in world.state.actors]
        assert ids == sorted(set(ids))


def test_traffic_moves_obeys_lights_and_does_not_collide(world):
    world.reset(street(), seed=3, with_image=False)
    seen, overlaps, distance_m = set(), 0, 0.0
    for tick in range(400):
        world.step(STAY, with_image=False)
        seen.update(world.state.lights.values())
        moving = [
            a
            for a in world.state.actors
            if a.role == 'traffic' and a.kind is not ActorKind.PEDESTRIAN
        ]
        distance_m += sum(a.speed_mps for a in moving) * 0.05
        if tick % 20 == 0:
            boxes = [shapely.Polygon(a.corners_map_m(-0.1)) for a in moving]
            tree = shapely.STRtree(boxes)
            pairs = tree.query(boxes, predicate='intersects')
            overlaps += int((pairs[0] < pairs[1]).sum())
    assert {LightState.RED, LightState.YELLOW, LightState.GREEN} <= seen
    assert distance_m > 1000.0
    assert overlaps <= 2


def test_traffic_stops_behind_a_standing_ego(world):
    """A car comes up behind on this street within a minute, and none hits the ego."""
    world.reset(street(), seed=5, with_image=False)
    box = shapely.Polygon(world.state.ego.corners_map_m())
    closest = math.inf
    for _ in range(1200):
        world.step(STAY, with_image=False)
        for actor in world.state.actors:
            if actor.role == 'traffic' and actor.kind.is_vehicle:
                gap = box.distance(shapely.Polygon(actor.corners_map_m()))
                behind = world.state.ego.pose_map.inverse_transform(actor.pose_map.position_m)
                assert gap > 0.0
                if abs(behind[1]) < 1.0 and behind[0] < 0.0:
                    closest = min(closest, gap)
        if closest < 4.0:
            break
    assert closest < 6.0


def test_arrival(quiet):
    frame = quiet.reset(street(), seed=0, with_image=False)
    for _ in range(900):
        frame = quiet.step(GO if frame.ego.speed_mps < 8.0 else VehicleCommand(), with_image=False)
        if frame.is_done:
            break
    assert frame.is_done
    assert quiet.route.length_m - quiet.route_arc_m < 3.0


def test_score_and_length_follow_the_corrected_route(quiet, caplog):
    """A position 3 m to the left, in the oncoming lane, leads no car round the block."""
    quiet.reset(street(), with_image=False)
    expected_m = quiet.route.length_m
    aside = np.array([STREET[0], [-71.25, -110.0], STREET[1]])
    quiet.reset(street(waypoints_map_m=aside), with_image=False)
    assert quiet.route.length_m == expected_m
    assert make_scorer(quiet, BENCH2DRIVE).finish().route_length_m == expected_m
    assert 'route s: position 2 of the route, (-71.2, -110.0)' in caplog.text


def test_own_town_without_network_drives(tmp_path, quiet):
    path = tmp_path / 'Mine.xodr'
    path.write_bytes((DATA_FOLDER / 'Town91' / 'Town91.xodr').read_bytes())
    frame = quiet.reset(street(town=str(path)), with_image=False)
    for _ in range(20):
        frame = quiet.step(GO, with_image=False)
    assert frame.ego.speed_mps > 0.5
    assert (quiet.state.actors, quiet.state.lights) == ((), {})
    with pytest.raises(WorldError, match='no place for red_light'):
        quiet.reset(street(town=str(path)), 'red_light', with_image=False)


def test_driving_off_the_road_is_possible(quiet):
    """The car may leave every lane; traffic and world carry on."""
    quiet.reset(street(), with_image=False)
    frame = None
    for _ in range(200):
        frame = quiet.step(VehicleCommand(throttle=0.5, steer=-0.5), with_image=False)
    assert (
        not quiet.town.map.is_on_lane(*frame.ego.pose_map.translation_m[:2]) or frame.tick == 200
    )


@pytest.mark.parametrize('every', [pytest.param(6), pytest.param(1, marks=pytest.mark.slow)])
def test_routes_of_the_sets_can_be_reset(quiet, every):
    for name in ('train', 'test'):
        for spec in read_routes(name)[::every]:
            quiet.reset(spec, seed=7, with_image=False)
            assert 140.0 < quiet.route.length_m < 410.0
