# SPDX-License-Identifier: Apache-2.0
"""Recording real episodes: of the expert alone, and of the expert taking turns with a learner."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from simlingo_sim.score.infractions import InfractionKind
from simlingo_sim.score.lanes import LaneCriterion
from simlingo_sim.situations.situation import ActiveSituation
from simlingo_sim.world import SimWorld
from simlingo_training import collect
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import find_episodes
from simlingo_training.gz_json import read_gz
from simlingo_training.label import label_episode
from simlingo_training.measurements import read_measurement
from simlingo_training.samples import read_samples
from simlingo_training.schema.base import key_rows, parse, read_file
from simlingo_training.schema.ego_info import BOXES
from simlingo_training.schema.measurement import MeasurementFile
from simlingo_training.schema.results import ResultsFile
from simlingo_training.takeover import Turns

ROUTE = '3'
TICKS = 500


@pytest.fixture(scope='module', params=['', 'route_follower'])
def recorded(request, tmp_path_factory):
    root = tmp_path_factory.mktemp('collected')
    (task,) = collect.tasks(root, [7], [ROUTE], 'train', request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collect, 'MAX_TICKS', TICKS)
        result = collect.record_episode(task)
    assert result.error == ''
    # SUMO is free again: one world with traffic at a time.
    with SimWorld() as world:
        world.reset(task.route, with_image=False)
    return SimpleNamespace(
        task=task, result=result, episodes=find_episodes(root), has_learner=bool(request.param)
    )


def test_collection_forbids_the_oncoming_lane_once_a_situation_is_over(tmp_path, monkeypatch):
    """Case G8: collection drives in the same loop."""
    over = ActiveSituation(
        name='x', arc_m=0.0, actor_ids=(), must_be_passed=True, has_happened=True, is_over=True
    )
    permissions = []
    monkeypatch.setattr(SimWorld, 'situations', (over,))
    monkeypatch.setattr(
        LaneCriterion,
        'update',
        lambda *_, may_use_oncoming_lane: permissions.append(may_use_oncoming_lane),
    )
    monkeypatch.setattr(collect, 'MAX_TICKS', 2)
    (task,) = collect.tasks(tmp_path, [7], [ROUTE], 'train')
    assert collect.record_episode(task).error == ''
    assert permissions == [False, False, False]


def test_a_collection_that_is_ended_early_has_all_towns(tmp_path):
    found = collect.tasks(tmp_path, [1, 2], route_set='train2')
    half = len(found) // 2
    first, second = ({task.route.id for task in part} for part in (found[:half], found[half:]))
    assert first == second
    assert len({task.route.town for task in found[:20]}) == 3
    assert [t.route.id for t in found[:half]] != [t.route.id for t in found[half:]]


def test_the_whole_episode_counts_as_recorded(recorded):
    assert recorded.task.folder.is_complete
    assert list(collect.collect([recorded.task], 1)) == []
    assert recorded.result.frames == sum(d.frame_count() for d in recorded.episodes) > 0


def test_only_the_expert_is_recorded_with_a_learner(recorded):
    parts = [e for e in recorded.episodes if 'part' in e.relative.name]
    if not recorded.has_learner:
        assert parts == []
        assert recorded.result.frames == TICKS // 5
        return
    assert len(parts) >= 2
    assert recorded.task.folder.frame_count() == 0
    assert recorded.result.frames < TICKS // 5


def test_every_key_of_upstream_is_written(recorded):
    classes = set()
    for episode in recorded.episodes:
        stored = read_gz(episode.results)
        assert {row.name for row in key_rows(ResultsFile)} <= set(stored)
        assert set(stored['infractions']) == {kind.value for kind in InfractionKind}
        for frame in range(episode.frame_count()):
            measured = read_gz(episode.measurement(frame))
            assert {row.name for row in key_rows(MeasurementFile)} <= set(measured)
            boxes = read_gz(episode.boxes(frame))
            read = read_file(BOXES, episode.boxes(frame))
            for data, box in zip(boxes, read, strict=True):
                classes.add(data['class'])
                assert {row.name for row in key_rows(type(box))} <= set(data), data['class']
                assert box.unknown_keys() == []
    assert {'ego_car', 'ego_info', 'weather', 'car', 'traffic_light'} <= classes


def test_one_light_holds_for_the_car_and_has_its_colour(recorded):
    seen = set()
    for episode in recorded.episodes:
        for frame in range(episode.frame_count()):
            boxes = read_file(BOXES, episode.boxes(frame))
            colour = next(box for box in boxes if box.kind == 'ego_info').traffic_light_state
            ours = {(b.id, b.state) for b in boxes if b.kind == 'traffic_light' and b.affects_ego}
            assert len(ours) <= 1
            seen |= {(state, colour) for _, state in ours}
    assert seen
    assert all(state == colour for state, colour in seen)


def test_boxes_lie_where_the_measurement_says(recorded):
    for episode in recorded.episodes:
        for frame in range(0, episode.frame_count(), 10):
            measured = parse(MeasurementFile, read_gz(episode.measurement(frame)))
            boxes = read_file(BOXES, episode.boxes(frame))
            ego = np.array(measured.ego_matrix)
            for box in boxes:
                if box.kind in ('car', 'walker', 'traffic_light'):
                    place = ego @ [*box.position[:2], 0.0, 1.0]
                    np.testing.assert_allclose(place[:2], np.array(box.matrix)[:2, 3], atol=2e-3)


def test_parts_are_continuous_and_know_the_way(recorded):
    for episode in recorded.episodes:
        count = episode.frame_count()
        frames = [read_measurement(episode.measurement(k)) for k in range(count)]
        for before, after in itertools.pairwise(frames):
            step_m = np.hypot(*(after.pose_map.position_m - before.pose_map.position_m))
            assert step_m == pytest.approx(before.speed_mps * 0.25, abs=0.6)
        for frame in frames:
            # The target is ahead, also on a part that begins in the middle of the route.
            assert frame.target_points_base_m[0, 0] > -5.0
        assert all(episode.image(k, is_shifted=True).is_file() for k in range(count))


def test_every_part_gives_samples_that_end_before_the_learner_drives_again(recorded):
    for episode in recorded.episodes:
        frames = EpisodeFrames(episode)
        label_episode(frames)
        samples, problems = read_samples(frames)
        assert len(samples) == max(0, episode.frame_count() - 10)
        assert problems == []


def intent(target_mps, *, is_hazard=False):
    return SimpleNamespace(target_mps=target_mps, is_hazard=is_hazard)


def learner_turns(seed=0):
    turns = Turns(np.random.default_rng(seed))
    while not turns.is_learner:
        turns.advance(intent=intent(8.0), speed_mps=8.0, lateral_offset_m=0.0, brakes=False)
    return turns


def ticks_until_takeover(turns, **tick):
    for count in range(1, 1000):
        if turns.advance(**tick):
            return count
    raise AssertionError('the turn never ends')


@pytest.mark.parametrize('seed', range(5))
@pytest.mark.parametrize(
    ('tick', 'longest'),
    [
        pytest.param(
            {'intent': intent(0.0), 'speed_mps': 8.0, 'lateral_offset_m': 0.0, 'brakes': False},
            20,
            id='does not brake',
        ),
        pytest.param(
            {
                'intent': intent(8.0, is_hazard=True),
                'speed_mps': 8.0,
                'lateral_offset_m': 0.0,
                'brakes': False,
            },
            20,
            id='does not see a hazard',
        ),
        pytest.param(
            {'intent': intent(8.0), 'speed_mps': 0.0, 'lateral_offset_m': 0.0, 'brakes': True},
            62,
            id='does not set off',
        ),
        pytest.param(
            {'intent': intent(8.0), 'speed_mps': 8.0, 'lateral_offset_m': 1.5, 'brakes': False},
            1,
            id='leaves the route',
        ),
    ],
)
def test_the_expert_takes_over_soon_from_a_learner_that_errs(tick, longest, seed):
    assert ticks_until_takeover(learner_turns(seed), **tick) <= longest


@pytest.mark.parametrize('brakes', [False, True])
def test_a_learner_that_drives_well_has_its_turn(brakes):
    tick = {'intent': intent(8.0), 'speed_mps': 8.0, 'lateral_offset_m': 0.0, 'brakes': brakes}
    assert 80 <= ticks_until_takeover(learner_turns(), **tick) <= 281


def test_the_expert_stays_while_the_car_stands():
    turns = learner_turns()
    ticks_until_takeover(
        turns, intent=intent(0.0), speed_mps=8.0, lateral_offset_m=0.0, brakes=False
    )
    assert not turns.is_learner
    standing = {'intent': intent(0.0), 'speed_mps': 0.0, 'lateral_offset_m': 0.0, 'brakes': True}
    assert ticks_until_takeover(turns, **standing) == pytest.approx(301, abs=1)
