# SPDX-License-Identifier: Apache-2.0
"""The real-time card of a machine: from what was seen of a drive to a page."""

import json
import os
import time

import pytest
import typer.testing

from simlingo_bringup.card import machine, run, scores
from simlingo_bringup.card.conditions import ten_hertz
from simlingo_bringup.card.measures import drive_measures, latency_ticks
from simlingo_bringup.card.page import render_card
from simlingo_bringup.card.usage import read_energy_j, watch_usage
from simlingo_bringup.commands.bench import app
from simlingo_bringup.plan_trace import TraceRecorder
from simlingo_core.errors import BackendError, ConfigError


def recorded(late_s=0.0, plan_age_s=0.1):
    """Ten seconds: an image every 100 ms, its plan 60 ms later, a command every 50 ms."""
    recorder = TraceRecorder()
    for number in range(100):
        now_s = 0.1 * number
        recorder.note_exposure(now_s, now_s)
        recorder.note_observation(now_s, now_s + 0.01)
        recorder.note_plan(now_s, now_s + 0.06, 0.03, 'mini')
        recorder.note_control(now_s + plan_age_s, plan_age_s, now_s + 0.1)
        recorder.note_control(now_s + plan_age_s, plan_age_s, now_s + 0.15)
    if late_s:
        recorder.note_control(10.0, float('nan'), 10.05 + late_s)
    return recorder


def test_a_drive_is_measured_from_exposure_to_command():
    found = drive_measures(recorded())
    assert found['latency_ms']['median'] == pytest.approx(100.0)
    assert found['exposure_to_plan_ms']['worst'] == pytest.approx(60.0)
    assert found['stages_ms']['inference']['p99'] == pytest.approx(30.0)
    assert found['plans']['per_second'] == pytest.approx(10.0)
    assert found['plans']['age_ms']['median'] == pytest.approx(100.0)
    assert found['commands']['per_second'] == pytest.approx(20.0)
    assert found['commands']['jitter_ms'] == pytest.approx(0.0, abs=1e-6)
    assert found['commands']['missed_percent'] == 0.0


def test_a_late_command_and_an_old_plan_miss_their_deadlines():
    late = drive_measures(recorded(late_s=0.4))['commands']
    assert (late['late'], late['with_old_plan']) == (1, 0)
    assert late['missed_percent'] == pytest.approx(100.0 / 200)
    assert late['jitter_ms'] > 10.0
    assert drive_measures(recorded(plan_age_s=0.4))['commands']['with_old_plan'] == 200


def test_a_drive_without_plans_is_no_measurement():
    with pytest.raises(BackendError, match='0 plans and 0 commands were seen'):
        drive_measures(TraceRecorder())


def test_latencies_are_rounded_up_to_ticks():
    assert [latency_ticks(one) for one in (0.0, 1.0, 50.0, 50.1, 200.0)] == [0, 1, 1, 2, 4]
    assert scores.latencies_to_drive(76.0) == {
        0: '0 ms',
        1: '50 ms',
        2: '100 ms; measured here, 76 ms',
        4: '200 ms',
    }
    assert scores.latencies_to_drive(2540.0)[51] == 'measured here, 2540 ms'


def energy(folder, package, microjoules):
    (folder / package).mkdir(parents=True, exist_ok=True)
    (folder / package / 'energy_uj').write_text(str(microjoules))


def test_energy_is_that_of_all_packages_and_not_of_their_parts(tmp_path):
    assert read_energy_j(tmp_path) is None
    energy(tmp_path, 'intel-rapl:0', 2_000_000)
    energy(tmp_path, 'intel-rapl:1', 500_000)
    energy(tmp_path, 'intel-rapl:0:0', 9_000_000)
    assert read_energy_j(tmp_path) == 2.5


def test_what_a_process_uses_is_watched(tmp_path, monkeypatch):
    monkeypatch.setattr('simlingo_bringup.card.usage.query_gpu', lambda *_: '40, 512, 31.5')
    energy(tmp_path, 'intel-rapl:0', 1_000_000)
    with watch_usage(os.getpid(), tmp_path) as usage:
        end_s = time.monotonic() + 20.0
        while len(usage.memory_mb) < 2 and time.monotonic() < end_s:
            sum(range(20_000))
        energy(tmp_path, 'intel-rapl:0', 6_000_000)
    found = usage.to_dict()
    assert found['cpu_cores'] > 0.0
    assert 10.0 < found['memory_mb'] < 100_000.0
    assert (found['gpu_percent'], found['gpu_memory_mb'], found['gpu_w']) == (40.0, 512.0, 31.5)
    assert found['processor_w'] > 0.0
    with watch_usage(os.getpid(), tmp_path / 'none') as usage:
        pass
    assert usage.to_dict()['processor_w'] is None


def test_the_machine_is_named(tmp_path):
    file = tmp_path / 'cpuinfo'
    file.write_text('model name\t: Some Processor\nflags\t\t: fpu avx2 avx512_vnni\n')
    facts = machine.machine_facts(file)
    assert facts['processor'] == 'Some Processor'
    assert facts['units'] == ['avx2', 'avx512_vnni']
    assert facts['cores'] >= 1
    assert facts['memory_gb'] > 0.1
    assert 'torch' in facts['versions']


def card(**changes):
    usage = {'cpu_cores': 1.2, 'machine_percent': 80.0, 'memory_mb': 900.0}
    usage |= {'gpu_percent': None, 'gpu_memory_mb': None, 'gpu_w': None, 'processor_w': 12.5}
    facts = {'processor': 'P', 'cores': 2, 'memory_gb': 8.0, 'units': [], 'gpu': None}
    drive = {**drive_measures(recorded()), 'usage': usage}
    row = {'ticks': 2, 'latency_ms': 100.0, 'why': '100 ms', 'episodes': 3, 'crashed': 0}
    return {
        'format': run.FORMAT,
        'policy': 'mini',
        'engine': 'auto',
        'precision': 'auto',
        'machine': {**facts, 'load_before': 0.5},
        'drive': drive,
        'ten_hertz': [one.to_dict() for one in ten_hertz(drive, facts)],
        'scores': [{**row, 'driving_score': 91.25}],
        **changes,
    }


def test_ten_hertz_names_what_does_not_hold():
    good = card()
    assert all(one['holds'] for one in good['ten_hertz'])
    good['drive']['usage']['cpu_cores'] = 1.9
    good['drive']['latency_ms']['p99'] = 260.0
    missed = [c.what for c in ten_hertz(good['drive'], good['machine']) if not c.holds]
    assert missed == ['image to command, p99 [ms]', 'processors in use [cores]']


def test_the_page_stands_beside_that_of_another_machine():
    page = render_card([card(), card(policy='openvino:int8=x', scores=[])])
    assert '| | P, 2 cores: mini | P, 2 cores: openvino:int8=x |' in page
    assert '| image to command, median / p99 / worst [ms] | 100 / 100 / 100 |' in page
    assert '| GPU in use [%] | not known | not known |' in page
    assert '| power of the processor [W] | 12.5 | 12.5 |' in page
    assert '| 100 ms (100 ms; mini) | 91.2 | 3 |' in page


def test_a_card_is_written_from_a_drive_and_its_scores(tmp_path, monkeypatch):
    calls = []

    def measure(words, duration_s, folder):
        calls.append((words, duration_s))
        return card()['drive']

    def score(model, measured_ms, routes, folder):
        calls.append((model, round(measured_ms), routes))
        return card()['scores']

    monkeypatch.setattr(run, 'measure_drive', measure)
    monkeypatch.setattr(run, 'score_latencies', score)
    name = f'openvino:int8={tmp_path}'
    (tmp_path / 'other.json').write_text(json.dumps(card(policy='theirs')))
    arguments = ['--card', '--policy', name, '--out', str(tmp_path / 'card')]
    arguments += ['--beside', str(tmp_path / 'other.json')]
    done = typer.testing.CliRunner().invoke(app, arguments)
    assert done.exception is None, done.output
    words = (f'policy:={tmp_path}', 'engine:=openvino', 'precision:=int8')
    assert calls == [(words, run.DRIVE_S), (name, 60, run.ROUTES)]
    written = run.read_card(tmp_path / 'card' / run.JSON_FILE)
    assert (written['engine'], written['precision']) == ('openvino', 'int8')
    page = (tmp_path / 'card' / run.PAGE_FILE).read_text()
    assert 'theirs' in page
    assert page.strip() in done.output
    run.write_card('mini', tmp_path / 'card', quick=True)
    assert len(calls) == 3


def test_unknown_models_and_files_that_are_no_card_are_named(tmp_path):
    with pytest.raises(ConfigError, match="policy is 'nobody'; expected mini"):
        run.split_model('nobody')
    with pytest.raises(ConfigError, match="'fp8'"):
        run.split_model('openvino:fp8=mini')
    assert run.split_model('route') == ('route', 'auto', 'auto')
    file = tmp_path / 'a.json'
    for content in ('{"format": "x"}', '[]', '{'):
        file.write_text(content)
        with pytest.raises(ConfigError, match=r'a\.json (is no card|cannot be read as a card)'):
            run.read_card(file)
