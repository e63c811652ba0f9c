# SPDX-License-Identifier: Apache-2.0
"""The closed loop of every episode: what is judged, commanded and stepped, and in which order."""

from types import SimpleNamespace

import pytest

from simlingo_core.errors import WorldError
from simlingo_sim.episode_runner import EpisodeRunner
from simlingo_sim.situations.situation import ActiveSituation


class FakeScorer:
    """Ends the episode at a tick and keeps what it was asked."""

    def __init__(self, last_tick=1000):
        self.end, self.completion_share = None, 0.0
        self.calls, self._last_tick = [], last_tick

    def update(self, state, staged):
        self.calls.append((state.tick, staged))
        if state.tick >= self._last_tick:
            self.end, self.completion_share = 'Completed', 1.0
        return [f'infraction of tick {state.tick}'] if state.tick == 2 else []

    def finish(self, end):
        return end or self.end


class FakeWorld:
    """Counts ticks and keeps the commands that it was given."""

    def __init__(self, *situations):
        self.state = SimpleNamespace(tick=0)
        self.situations = situations
        self.given = []

    def step(self, command, *, with_image=True):
        self.given.append((command, with_image))
        self.state = SimpleNamespace(tick=self.state.tick + 1)
        return SimpleNamespace(tick=self.state.tick)


class FakeSource:
    """Commands the number of the tick; wants an image of every fourth."""

    def needs_image(self, tick):
        return tick % 4 == 0

    def step(self, frame):
        return f'command of tick {frame.tick}'


def situation(*, must_be_passed=True, has_happened=True, is_over=False):
    return ActiveSituation(
        name='parked_obstacle',
        arc_m=10.0,
        actor_ids=(),
        must_be_passed=must_be_passed,
        has_happened=has_happened,
        is_over=is_over,
    )


def begun(world, scorer, **options):
    runner = EpisodeRunner(world, scorer, **options)
    runner.begin(SimpleNamespace(tick=0))
    return runner


def test_each_tick_is_judged_then_commanded_then_stepped():
    judged, commanded = [], []
    world, scorer = FakeWorld(), FakeScorer(last_tick=5)
    runner = begun(world, scorer, on_judged=lambda f, found: judged.append((f.tick, found)))
    runner.run(
        FakeSource(),
        100,
        on_command=lambda frame, command: commanded.append((frame.tick, command)),
    )
    assert [tick for tick, _ in judged] == [tick for tick, _ in scorer.calls] == list(range(6))
    assert judged[2] == (2, ('infraction of tick 2',))
    assert commanded == [(k, f'command of tick {k}') for k in range(5)]
    assert world.given == [(f'command of tick {k}', k + 1 == 4) for k in range(5)]
    assert runner.is_over
    assert runner.is_arrived
    assert runner.finish() == 'Completed'


def test_no_more_ticks_than_asked_for():
    world = FakeWorld()
    runner = begun(world, FakeScorer())
    runner.run(FakeSource(), 3)
    assert runner.frame.tick == len(world.given) == 3
    assert not runner.is_over


def test_the_scorer_sees_the_situations_of_each_tick():
    """Case G8: it forbids the oncoming lane at once when a situation is over."""
    scorer, world = FakeScorer(), FakeWorld(situation())
    runner = begun(world, scorer)
    world.situations = (situation(is_over=True),)
    runner.step('any')
    assert scorer.calls == [(0, (situation(),)), (1, (situation(is_over=True),))]


def test_an_episode_that_has_not_begun_has_no_frame():
    with pytest.raises(WorldError, match='begin'):
        EpisodeRunner(FakeWorld(), FakeScorer()).run(FakeSource(), 3)
