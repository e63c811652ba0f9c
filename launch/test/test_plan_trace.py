# SPDX-License-Identifier: Apache-2.0
"""Where plans spend their time, from the moments at which their messages come."""

import json

import pytest

from simlingo_bringup.plan_trace import TraceRecorder, explain, write_chrome


def record(recorder, stamp_s, begin_s, stages_s, inference_s):
    """Note one plan whose four stages take these times."""
    perception_s, waiting_s, control_s = stages_s
    recorder.note_exposure(stamp_s, begin_s)
    seen_s = begin_s + perception_s
    recorder.note_observation(stamp_s, seen_s)
    made_s = seen_s + waiting_s + inference_s
    recorder.note_plan(stamp_s, made_s, inference_s, 'mini')
    # Ages are 32-bit floats in messages.
    recorder.note_control(stamp_s + 0.2, 0.2 + 2e-6, made_s + control_s)
    return made_s


@pytest.fixture
def recorder():
    recorder = TraceRecorder()
    record(recorder, 31.0, 500.0, (0.02, 0.0, 0.03), 0.05)
    made_s = record(recorder, 31.2, 500.2, (0.02, 0.09, 0.01), 0.05)
    recorder.note_commentary(31.2, made_s + 0.1, is_growing=True)
    recorder.note_commentary(31.2, made_s + 0.4, is_growing=False)
    return recorder


def test_the_stages_add_up_to_the_time_from_exposure_to_command(recorder):
    first, second = recorder.complete()

    assert first.lengths_ms() == pytest.approx(
        {'perception': 20.0, 'waiting': 0.0, 'inference': 50.0, 'control': 30.0}
    )
    assert second.plan_latency_s == pytest.approx(0.16)
    assert second.lengths_ms()['commentary'] == pytest.approx(400.0)
    stages = ('perception', 'waiting', 'inference', 'control')
    assert sum(second.lengths_ms()[name] for name in stages) == pytest.approx(170.0)
    assert second.total_s == pytest.approx(0.17)


def test_what_was_not_seen_to_its_end_is_no_plan_of_the_trace(recorder):
    recorder.note_exposure(31.4, 500.4)
    recorder.note_control(31.6, float('nan'), 500.5)
    recorder.note_control(31.6, 0.2, 500.6)
    # Sent again in lockstep: the first time counts.
    recorder.note_plan(31.0, 999.0, 0.1, 'mini')
    recorder.note_control(31.4, 0.4, 999.0)
    assert [trace.stamp_s for trace in recorder.complete()] == [31.0, 31.2]
    assert recorder.complete()[0].total_s == pytest.approx(0.1)


def test_stamps_that_go_back_begin_a_new_episode(recorder):
    recorder.note_exposure(31.4, 500.4)
    recorder.note_plan(31.4, 500.5, 0.05, 'mini')
    record(recorder, 2.0, 600.0, (0.02, 0.0, 0.03), 0.05)
    record(recorder, 31.4, 629.4, (0.02, 0.0, 0.03), 0.05)
    assert [trace.stamp_s for trace in recorder.complete()] == [31.0, 31.2, 2.0, 31.4]
    assert recorder.complete()[-1].total_s == pytest.approx(0.1)


def test_the_file_is_chromes_trace_format(recorder):
    data = json.loads(write_chrome(recorder.complete()))
    events = [event for event in data['traceEvents'] if event['ph'] == 'X']
    names = {e['args']['name'] for e in data['traceEvents'] if e['name'] == 'thread_name'}
    assert names == {'plans', 'perception', 'planner', 'control', 'language'}
    whole = [event for event in events if event['name'].startswith('plan of')]
    assert [event['ts'] for event in whole] == [0.0, pytest.approx(200_000.0)]
    assert whole[1]['dur'] == pytest.approx(170_000.0)
    assert whole[1]['args']['waiting_ms'] == pytest.approx(90.0)
    for event in events:
        assert event['dur'] >= 0.0
        assert event['pid'] == 1
    inner = [e for e in events if e['args']['stamp_s'] == 31.2 and e['name'] == 'control']
    assert inner[0]['ts'] + inner[0]['dur'] == pytest.approx(whole[1]['ts'] + whole[1]['dur'])


def test_the_slowest_plan_is_explained(recorder):
    text = explain(recorder.complete())
    assert '2 plans' in text
    assert 'plan of 31.20 s: 170.0 ms, most in waiting' in text
    assert 'not one plan' in explain([])
