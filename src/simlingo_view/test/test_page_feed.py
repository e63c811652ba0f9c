# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest

from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.images import decode_rgb
from simlingo_core.route import Route
from simlingo_core.status import InstructionState, InstructionStatus, SafetyLevel, SafetyState
from simlingo_core.types import EgoState, Instruction, RoadOption, VehicleCommand
from simlingo_view.page.config import PageConfig
from simlingo_view.page.feed import PageFeed
from simlingo_view.page.messages import CAMERA, IMAGE_HEADER

PIXELS = np.full((512, 1024, 4), 90, np.uint8)


def ego_at(t_s, x_m=0.0):
    pose = Pose3.from_planar(Pose2(x_m, 2.0, 0.5))
    return EgoState(t_s=t_s, pose_map=pose, speed_mps=5.0)


class Sent(list):
    """What was published: payloads by their keys."""

    def __call__(self, payload, *, key='', is_kept=False):
        self.append((key, payload, is_kept))

    def newest(self, key):
        payload = [payload for name, payload, _ in self if name == key][-1]
        return payload if isinstance(payload, bytes) else json.loads(payload)

    def count(self, key):
        return sum(name == key for name, _, _ in self)


@pytest.fixture
def sent():
    return Sent()


@pytest.fixture
def wall():
    return [100.0]


@pytest.fixture
def feed(sent, wall):
    return PageFeed(PageConfig(), sent, lambda: wall[0])


def test_an_image_is_sent_with_the_pose_of_its_time(feed, sent):
    feed.set_focal_length(358.5, 1024)
    feed.add_ego(ego_at(0.95))
    feed.add_image(PIXELS, 'bgra8', 1.0)
    assert sent.count('image 0') == 0

    feed.add_ego(ego_at(1.0, x_m=7.0))

    data = sent.newest('image 0')
    kind, t_s, x_m, y_m, yaw_rad, focal = IMAGE_HEADER.unpack_from(data)
    assert kind == CAMERA
    np.testing.assert_allclose((t_s, x_m, y_m, yaw_rad), (1.0, 7.0, 2.0, 0.5))
    assert focal == pytest.approx(0.35, abs=1e-3)
    assert decode_rgb(data[IMAGE_HEADER.size :]).shape == (320, 640, 3)
    feed.add_ego(ego_at(1.05))
    assert sent.count('image 0') == 1


def test_on_a_starved_machine_an_image_waits_for_its_own_pose(feed, sent):
    feed.add_ego(ego_at(0.95))
    for tick in range(20, 30):
        feed.add_image(PIXELS, 'bgra8', 0.05 * tick)
    for tick in range(20, 30):
        feed.add_ego(ego_at(0.05 * tick, x_m=float(tick)))
    assert sent.count('image 0') == 1
    assert IMAGE_HEADER.unpack_from(sent.newest('image 0'))[1:3] == (1.0, 20.0)

    feed.add_top(PIXELS, 'bgra8', 1.25)
    assert IMAGE_HEADER.unpack_from(sent.newest('image 1'))[2] == 25.0
    feed.add_top(PIXELS, 'bgra8', 9.0)
    assert sent.count('image 1') == 1
    feed.add_ego(ego_at(9.0))
    assert sent.count('image 1') == 2


def test_a_preview_is_sent_as_it_is(feed, sent):
    feed.set_focal_length(358.5, 1024)
    feed.add_ego(ego_at(1.0))
    feed.add_preview(b'jpeg', 1.0)
    feed.add_top_preview(b'above', 1.0)
    camera, top = sent.newest('image 0'), sent.newest('image 1')
    assert (camera[IMAGE_HEADER.size :], top[IMAGE_HEADER.size :]) == (b'jpeg', b'above')
    assert IMAGE_HEADER.unpack_from(camera)[-1] == pytest.approx(0.35, abs=1e-3)
    assert IMAGE_HEADER.unpack_from(top)[-1] == 0.0


@pytest.mark.parametrize('rate_hz', [5.0, 10.0, 12.0, 20.0])
@pytest.mark.parametrize('jitter_s', [0.0, 0.001, 0.024])
def test_images_are_sent_at_the_rate_that_was_asked_for(sent, wall, rate_hz, jitter_s):
    feed = PageFeed(PageConfig(image_rate_hz=rate_hz), sent, lambda: wall[0])
    rng, due = np.random.default_rng(0), 0
    for tick in range(2000):
        wall[0] = 100.0 + 0.05 * tick + rng.uniform(-jitter_s, jitter_s)
        due += feed.is_image_due()
    assert due == pytest.approx(100.0 * rate_hz, abs=1)


def test_a_world_that_makes_fewer_images_has_all_of_them_sent_and_no_more_later(feed, wall):
    for _ in range(50):
        assert feed.is_image_due()
        wall[0] += 0.1
    # What was missed is not made up for.
    due = 0
    for _ in range(100):
        due += feed.is_image_due()
        wall[0] += 0.05
    assert due == pytest.approx(60, abs=1)


def test_the_state_has_null_for_what_is_not_known(feed, sent):
    feed.send_state()
    state = sent.newest('state')
    assert state['speed'] is state['plan_age'] is state['safety'] is None

    reasons = ('other_commander:/teleop',)
    safety = SafetyState(t_s=1.0, level=SafetyLevel.EMERGENCY, reasons=reasons)
    feed.add_safety(safety)
    feed.add_ego(ego_at(1.0))
    feed.add_command(VehicleCommand(steer=0.2, throttle=0.5))
    feed.send_state()
    state = sent.newest('state')
    assert state['plan_age'] is None  # it is NaN
    assert (state['speed'], state['steer']) == (5.0, 0.2)
    assert state['safety']['reasons'] == ['another node commands the car (/teleop)']


def test_silence_is_measured_by_the_wall_clock(feed, sent, wall):
    feed.add_ego(ego_at(1.0))
    wall[0] += 3.0
    feed.send_state()
    assert sent.newest('state')['silent'] == {'odometry': 3.0}
    feed.pause()
    feed.send_state()
    assert sent.newest('state')['silent'] == {}


def test_a_plan_has_speeds_and_the_target_points_of_its_image(feed, sent, plan, observation):
    feed.add_plan(plan)
    assert sent.newest('plan')['targets'] == []
    feed.add_observation(observation)
    feed.add_plan(plan)
    message = sent.newest('plan')
    assert message['targets'] == [[20.0, 0.0], [50.0, 4.0]]
    assert (len(message['path']), len(message['speeds'])) == (20, 10)
    assert message['max_speed'] is None  # no limit


def test_a_new_episode_begins_when_time_runs_backwards(feed, sent, plan, observation):
    feed.add_ego(ego_at(5.0))
    feed.add_observation(observation)
    feed.add_ego(ego_at(0.0))
    feed.send_state()
    assert any('new_episode' in payload for key, payload, _ in sent if not key)
    assert sent.newest('state')['progress'] is None


def test_instructions_are_kept_with_what_became_of_them(feed, sent):
    feed.add_instruction(Instruction(id='a', text='<b>slow down</b>'))
    status = InstructionStatus(t_s=1.0, id='a', state=InstructionState.NOT_FOLLOWED, reason='why')
    feed.add_status(status)
    message = sent.newest('instruction a')
    assert message['text'] == '<b>slow down</b>'
    assert message['states'][-1]['state'] == 'not followed'
    assert sent[-1][2]


def test_the_route_is_thinned_out_and_can_go(feed, sent):
    route = Route(np.array([[0.0, 0.0], [100.0, 0.0]]), [RoadOption.LANE_FOLLOW] * 2)
    feed.add_route(route)
    assert len(sent.newest('route')['points']) == 51
    feed.add_route(None)
    assert sent.newest('route')['points'] == []


def test_only_lines_that_are_not_in_order_are_sent(feed, sent):
    feed.add_diagnostics('planner: planning', 0, 'own plans')
    feed.add_diagnostics('world: commands', 2, 'no command')
    feed.add_diagnostics('perception: inputs', 1, 'no image')
    feed.send_diagnostics()
    assert [row[1] for row in sent.newest('diagnostics')['lines']] == [
        'world: commands',
        'perception: inputs',
    ]
