# SPDX-License-Identifier: Apache-2.0
"""Jobs on a Ray cluster of two nodes: what is shipped, brought back, begun again, cancelled."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import node_jobs
import pytest
from conftest import ROOT
from node_jobs import Job

from simlingo_core.errors import BackendError, ConfigError
from simlingo_evaluation.jobs.mapping import map_jobs, map_numbered
from simlingo_evaluation.jobs.workers import Workers

pytestmark = pytest.mark.timeout(1500)
AUTO = Workers(cluster='auto')


@pytest.fixture
def marks(tmp_path):
    folder = tmp_path / 'marks'
    folder.mkdir()
    return folder


def jobs_of(count, folder, marks, **others):
    return [Job(number, folder, marks, **others) for number in range(count)]


def beginnings(marks):
    """Return how often each job was begun."""
    return Counter(int(path.name.split('_')[0]) for path in marks.iterdir())


def written(folder):
    return sorted(int(path.read_text()) for path in (folder / 'numbers').iterdir())


def test_all_nodes_work_with_our_code_and_their_files_come_here(hidden_folder, marks):
    states = []
    jobs = jobs_of(8, hidden_folder, marks, waits_s=0.5)
    done = dict(
        map_numbered(
            node_jobs.write_number, jobs, AUTO, output=hidden_folder, on_state=states.append
        )
    )
    assert {number: result.number for number, result in done.items()} == {n: n for n in range(8)}
    assert len({result.node for result in done.values()}) == 2
    # One process on each node, whose world would be used again.
    assert len({result.process for result in done.values()}) == 2
    assert not any(result.code.startswith(str(ROOT)) for result in done.values())
    assert written(hidden_folder) == list(range(8))
    assert states[0] == '2 workers on 2 nodes'
    assert [path for path in hidden_folder.iterdir() if path.name.startswith('.')] == []
    assert left_on_nodes() == []


def left_on_nodes():
    jobs = [Job(number, Path(), Path(), waits_s=0.0) for number in range(4)]
    found = map_jobs(node_jobs.temporary_files, jobs, AUTO)
    return sorted({name for names in found for name in names})


def test_a_model_that_a_node_lacks_is_sent(hidden_folder, tmp_path, marks):
    model = hidden_folder / 'model'
    model.mkdir()
    (model / 'words.txt').write_text('weights')
    jobs = jobs_of(4, tmp_path, marks, waits_s=0.5, model=str(model))
    done = list(
        map_jobs(node_jobs.write_number, jobs, AUTO, output=tmp_path, models=[f'blind={model}'])
    )
    assert [result.words for result in done] == ['weights'] * 4
    assert len({result.node for result in done}) == 2
    assert left_on_nodes() == []


def test_a_worker_that_dies_costs_its_job_alone(tmp_path, marks, caplog):
    jobs = jobs_of(6, tmp_path, marks)
    jobs[2] = Job(2, tmp_path, marks, is_deadly=True)
    states = []
    done = map_jobs(node_jobs.write_number, jobs, AUTO, output=tmp_path, on_state=states.append)
    assert sorted(result.number for result in done) == list(range(6))
    assert beginnings(marks) == {**dict.fromkeys(range(6), 1), 2: 2}
    assert 'the worker of job 2 died' in caplog.text
    assert '1 died' in states[-1]


def test_a_node_that_is_killed_costs_its_running_jobs_alone(cluster, tmp_path, marks):
    before = jobs_of(4, tmp_path / 'before', tmp_path, waits_s=0.5)
    known = {r.node for r in map_jobs(node_jobs.write_number, before, AUTO)}
    assert len(known) == 2
    extra = cluster.add_node(processors=2)
    jobs = jobs_of(30, tmp_path, marks, waits_s=1.0)
    done, lost = [], []
    for result in map_jobs(node_jobs.write_number, jobs, AUTO, output=tmp_path):
        done.append(result)
        if result.node not in known and not lost:
            extra.kill()
            finished = {r.number for r in done}
            begun = [(int(path.name.split('_')[0]), path) for path in marks.iterdir()]
            lost = [n for n, path in begun if result.node in path.read_text()]
            lost = [n for n in lost if n not in finished]
    assert sorted(result.number for result in done) == list(range(30))
    assert written(tmp_path) == list(range(30))
    again = {number for number, count in beginnings(marks).items() if count > 1}
    assert again, 'the node was killed at work'
    assert len(again) <= 2, 'as many as it had processors'
    assert again <= set(lost)


def test_errors_of_a_job_come_through(tmp_path, marks):
    with pytest.raises(ConfigError, match='no 0'):
        list(map_jobs(node_jobs.refuse, jobs_of(1, tmp_path, marks), AUTO))


def test_workers_that_keep_dying_are_an_error(tmp_path, marks):
    with pytest.raises(BackendError, match='job 0 was begun 4 times'):
        list(map_jobs(node_jobs.die, jobs_of(1, tmp_path, marks), AUTO))


def test_data_that_a_node_does_not_see_are_named(hidden_folder, tmp_path, marks):
    (hidden_folder / 'data').touch()
    jobs = jobs_of(6, tmp_path, marks, waits_s=0.5)
    with pytest.raises(ConfigError, match=r'does not see .*data; put it into a folder that all'):
        list(map_jobs(node_jobs.write_number, jobs, AUTO, needs=[hidden_folder / 'data']))


INTERRUPTED = """
import sys
from pathlib import Path
import node_jobs
from simlingo_evaluation.jobs.mapping import map_jobs
from simlingo_evaluation.jobs.workers import Workers
folder, marks = Path(sys.argv[1]), Path(sys.argv[2])
jobs = [node_jobs.Job(n, folder, marks, waits_s=60.0 * (n > 1)) for n in range(9)]
for done in map_jobs(node_jobs.write_number, jobs, Workers(cluster=sys.argv[3]), output=folder):
    print('done', done.number, flush=True)
"""


def test_ctrl_c_leaves_nothing_behind(cluster, hidden_folder, marks):
    """From outside the cluster: its client server has no other test."""
    folder = hidden_folder / 'interrupted'
    process = subprocess.Popen(
        [sys.executable, '-c', INTERRUPTED, str(folder), str(marks), cluster.client],
        env=os.environ | {'PYTHONPATH': str(Path(node_jobs.__file__).parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end_s = time.monotonic() + 300.0
    while len(list(marks.iterdir())) < 4:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end_s
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=200)
    assert process.returncode != 0
    assert 'KeyboardInterrupt' in errors
    assert sorted(output.split()[1::2]) == ['0', '1']
    workers = [int(path.read_text().split()[1]) for path in marks.iterdir()]
    end_s = time.monotonic() + 60.0
    while any(is_alive(pid) for pid in workers):
        assert time.monotonic() < end_s, 'a worker lives on'
        time.sleep(0.2)
    assert [path for path in folder.iterdir() if path.name.startswith('.')] == []
    assert left_on_nodes() == []
    assert sorted(beginnings(marks)) == [0, 1, 2, 3]


def is_alive(pid):
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] not in 'ZX'
    except FileNotFoundError:
        return False


def test_an_address_where_nobody_answers_is_named(monkeypatch):
    monkeypatch.setenv('RAY_ADDRESS', '127.0.0.1:1')
    with pytest.raises(BackendError, match='belongs to no Ray cluster'):
        list(map_jobs(node_jobs.refuse, [1], AUTO))


@pytest.mark.parametrize('name', ['Auto', 'ray://head', 'head:10001', 'ray://head:x', ''])
def test_a_misspelt_cluster_is_refused(name):
    with pytest.raises(ConfigError, match=r'expected local, auto or ray://HOST:PORT'):
        Workers(cluster=name)


def test_without_ray_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'ray', None)
    with pytest.raises(ConfigError, match=r'requirements/cluster\.txt'):
        list(map_jobs(node_jobs.refuse, [1], AUTO))


def test_a_campaign_is_the_same_on_a_cluster_and_is_not_driven_twice(hidden_folder, tmp_path):
    """Short drives; the second node sees neither our code nor the folder of the results."""
    here, there = tmp_path / 'here', hidden_folder / 'there'
    call = [
        *(str(Path(sys.executable).with_name('simlingo')), 'eval', '--policy', 'straight'),
        *('--route', '1', '--seeds', '0-3'),
    ]
    run(*call, '--out', str(here))
    run(*call, '--out', str(there), '--cluster', 'auto')
    assert records(there) == records(here)
    assert len(records(here)) == 4
    times = {path: path.stat().st_mtime_ns for path in (there / 'episodes').iterdir()}
    run(*call, '--out', str(there), '--cluster', 'auto')
    assert {path: path.stat().st_mtime_ns for path in (there / 'episodes').iterdir()} == times


def records(folder):
    """Return all records but for the time that they took."""
    found = {}
    for path in (folder / 'episodes').iterdir():
        content = json.loads(path.read_text())
        content.pop('wall_s')
        found[path.name] = content
    return found


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
