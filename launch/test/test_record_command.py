# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest
import typer

from simlingo_bringup.commands.record import parse_rates


def test_rates_by_topic():
    assert parse_rates(['/plan=3.5', '/tf=1']) == {'/plan': 3.5, '/tf': 1.0}
    assert parse_rates([]) == {}


@pytest.mark.parametrize('text', ['plan=3.5', '/plan', '/plan=often', '=2', ''])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(typer.BadParameter, match='expected such as /topic='):
        parse_rates([text])


def simlingo(*words):
    command = [sys.executable, '-m', 'simlingo_bringup', *map(str, words)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return process.returncode, process.stdout + process.stderr


@pytest.mark.ros
def test_record_and_replay_say_what_and_how_much(tmp_path):
    bag = tmp_path / 'bag'
    code, text = simlingo('record', bag, '--wall-time', '--topic', '/none', '--duration-s', '0.3')
    assert code == 0, text
    assert f'records /none into {bag}' in text
    assert f'0 messages of 0 topics are recorded in {bag}' in text
    code, text = simlingo('record', bag)
    assert code != 0
    assert f'simlingo: error: cannot record into {bag}' in text
    code, text = simlingo('replay', tmp_path / 'nowhere')
    assert code != 0
    assert f'simlingo: error: cannot read the bag {tmp_path / "nowhere"}: ' in text
    assert 'PosixPath' not in text
