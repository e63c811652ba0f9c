# SPDX-License-Identifier: Apache-2.0
"""Every fault that the doctor knows, injected one at a time."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from simlingo_bringup import doctor_facts
from simlingo_bringup.commands.doctor import render_json, render_table
from simlingo_bringup.doctor import Facts, Status, judge, must_be_fixed

HEALTHY = Facts(
    python=(3, 11),
    prefix='/tree/.venv',
    has_wheels=True,
    foreign_ros={},
    is_bootstrap_foreign=False,
    middleware='',
    domain_id='',
    imports={'rclpy': '', 'simlingo_msgs': ''},
    modules={'numpy': ''},
    egl='Mesa Project 1.5',
    egl_error='',
    torch='2.13.0 on CPU',
    torch_error='',
    shared_memory_free_mb=64.0,
    disk_free_mb=90000.0,
    is_loopback_up=True,
    wrong_versions={},
    unpatched_files=0,
    command_path='/tree/.venv/bin/simlingo',
)

FAULTS = [
    ('Python version', {'python': (3, 13)}, '3.13', 'SIMLINGO_PYTHON'),
    (
        'one ROS only',
        {'foreign_ros': {'PYTHONPATH': '/opt/ros/jazzy'}},
        '/opt/ros/jazzy',
        'unset PYTHONPATH',
    ),
    ('one ROS only', {'is_bootstrap_foreign': True}, "another environment's", 'unset _ROS_WHEELS'),
    ('middleware', {'middleware': 'rmw_zenoh_cpp'}, 'rmw_zenoh_cpp', 'unset RMW_IMPLEMENTATION'),
    ('ROS_DOMAIN_ID', {'domain_id': '150'}, '150', '0 to 101'),
    ('ROS_DOMAIN_ID', {'domain_id': 'mine'}, 'mine', '0 to 101'),
    (
        'interface packages',
        {'imports': {'rclpy': '', 'carla_msgs': 'No module'}},
        'carla_msgs: No',
        'make setup',
    ),
    ('Python modules', {'modules': {'cv2': 'not installed'}}, 'cv2: not', 'make setup'),
    (
        'pinned versions',
        {'wrong_versions': {'numpy': ('1.0', '2.4')}},
        'numpy 1.0 (pinned: 2.4)',
        'make setup',
    ),
    (
        'pinned versions',
        {'wrong_versions': {'peft': ('', '0.2')}},
        'peft missing (pinned: 0.2)',
        'make setup',
    ),
    ('wheel paths', {'unpatched_files': 20}, '20 files', 'make setup'),
    ('torch', {'torch': None, 'torch_error': 'No module'}, 'No module', 'make setup'),
    ('EGL', {'egl': None, 'egl_error': 'no libEGL'}, 'no libEGL', 'apt-get install libegl1'),
    ('shared memory', {'shared_memory_free_mb': 8.0}, '8 MB', '--shm-size'),
    ('shared memory', {'shared_memory_free_mb': None}, 'no /dev/shm', '--shm-size'),
    ('loopback', {'is_loopback_up': False}, 'down', 'ip link set lo up'),
    ('disk', {'disk_free_mb': 100.0}, '100 MB', 'free some space'),
]


def find(facts, check):
    (finding,) = [f for f in judge(facts) if f.check == check]
    return finding


def test_a_healthy_machine_has_nothing_to_fix():
    findings = judge(HEALTHY)
    assert {f.status for f in findings} == {Status.OK}
    assert not any(f.remedy for f in findings)
    assert len({f.check for f in findings}) == len(findings)


@pytest.mark.parametrize(('check', 'fault', 'found', 'remedy'), FAULTS)
def test_each_fault_is_named_and_has_a_remedy(check, fault, found, remedy):
    facts = replace(HEALTHY, **fault)
    finding = find(facts, check)
    assert finding.status is Status.ERROR
    assert found in finding.found
    assert remedy in finding.remedy
    assert must_be_fixed(judge(facts))
    others = [f for f in judge(facts) if f.check != check]
    assert {f.status for f in others} == {Status.OK}


@pytest.mark.parametrize(
    ('check', 'fault'),
    [('disk', {'disk_free_mb': 2000.0}), ('simlingo on PATH', {'command_path': None})],
)
def test_what_is_only_uncomfortable_is_no_failure(check, fault):
    facts = replace(HEALTHY, **fault)
    assert find(facts, check).status is Status.WARNING
    assert find(facts, check).remedy
    assert not must_be_fixed(judge(facts))


def test_a_ros_installation_is_judged_by_its_own_rules():
    facts = replace(
        HEALTHY,
        has_wheels=False,
        python=(3, 10),
        foreign_ros={'AMENT_PREFIX_PATH': '/opt/ros/humble'},
        middleware='rmw_cyclonedds_cpp',
        wrong_versions=None,
        command_path='/ws/install/bin/simlingo',
    )
    assert not must_be_fixed(judge(facts))


def test_every_pinned_version_is_compared(tmp_path):
    (tmp_path / 'requirements').mkdir()
    (tmp_path / 'requirements' / 'run.txt').write_text('Torch  # net\nros-rclpy[x]\npeft\n')
    (tmp_path / 'constraints.txt').write_text('torch==2.1\nros_rclpy==9.1\npeft==1.0\nother==3\n')
    installed = {'torch': '2.1+cpu', 'ros-rclpy': '9.0'}
    assert doctor_facts.find_wrong_versions(tmp_path, installed) == {
        'ros-rclpy': ('9.0', '9.1'),
        'peft': ('', '1.0'),
    }
    assert doctor_facts.find_wrong_versions(None, installed) is None


def make_ros(prefix: Path) -> Path:
    (prefix / 'share' / 'rclpy').mkdir(parents=True)
    (prefix / 'share' / 'rclpy' / 'package.xml').touch()
    (prefix / 'lib').mkdir()
    (prefix / 'lib' / 'librcl.so').touch()
    return prefix


def test_a_second_ros_is_seen_and_an_overlay_is_not(tmp_path):
    ros, venv, overlay = make_ros(tmp_path / 'ros'), make_ros(tmp_path / 'venv'), tmp_path / 'ws'
    overlay.mkdir()
    mixed = {'AMENT_PREFIX_PATH': f'{venv}:{ros}', 'LD_LIBRARY_PATH': f'{ros}/lib'}
    assert doctor_facts.find_foreign_ros(mixed, venv) == {
        'AMENT_PREFIX_PATH': str(ros),
        'LD_LIBRARY_PATH': f'{ros}/lib',
    }
    clean = {'AMENT_PREFIX_PATH': f'{overlay}:{venv}', 'LD_LIBRARY_PATH': f'{venv}/lib:'}
    assert doctor_facts.find_foreign_ros(clean, venv) == {}


def test_an_inherited_start_up_hook_is_seen(tmp_path):
    done = {'_ROS_WHEELS_BOOTSTRAP_COMPLETE': '1', 'LD_LIBRARY_PATH': '/other/.venv/lib'}
    own = {**done, 'LD_LIBRARY_PATH': f'/other/lib:{tmp_path}/lib'}
    assert doctor_facts.has_foreign_bootstrap(done, tmp_path)
    assert not doctor_facts.has_foreign_bootstrap(own, tmp_path)
    assert not doctor_facts.has_foreign_bootstrap({}, tmp_path)


def test_unpatched_files_are_counted(tmp_path):
    folder = tmp_path / 'std_msgs' / 'cmake'
    folder.mkdir(parents=True)
    (folder / 'a.cmake').write_text('set(x "/opt/python/cp311-cp311/include/python3.11")')
    (folder / 'b.cmake').write_text('set(x "/usr/include")')
    assert doctor_facts.count_unpatched_files(tmp_path) == 1


def test_a_probe_that_crashes_is_reported(monkeypatch):
    crashed = SimpleNamespace(returncode=-11, stdout='', stderr='loading\nSegmentation fault')
    monkeypatch.setattr(doctor_facts.subprocess, 'run', lambda *_, **__: crashed)
    assert doctor_facts.run_probe('egl') == {'error': 'ended with code -11: Segmentation fault'}


def test_a_module_that_lacks_a_library_is_reported(monkeypatch, tmp_path):
    reason = 'libXrender.so.1: cannot open shared object file'
    (tmp_path / 'libsumo.py').write_text(f'raise ImportError({reason!r})')
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    report = doctor_facts.run_probe('modules')
    assert {name: text for name, text in report.items() if text} == {'libsumo': reason}


@pytest.mark.ros
def test_an_interface_package_without_its_compiled_part_is_reported(monkeypatch, tmp_path):
    folder = tmp_path / 'carla_msgs' / 'msg'
    folder.mkdir(parents=True)
    (folder.parent / '__init__.py').touch()
    (folder / '__init__.py').write_text(
        'class Kind(type):\n'
        '    _TYPE_SUPPORT = None\n'
        '    @classmethod\n'
        '    def __import_type_support__(cls): pass\n'
        'class CarlaEgoVehicleControl(metaclass=Kind): pass\n'
    )
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    report = doctor_facts.run_probe('interfaces')
    assert {name for name, text in report.items() if text} == {'carla_msgs'}
    assert 'compiled part' in report['carla_msgs']


def test_a_probe_that_hangs_is_reported(monkeypatch):
    monkeypatch.setattr(doctor_facts, '_PROBE_LIMIT_S', 0.001)
    assert 'no answer' in doctor_facts.run_probe('torch')['error']


def test_a_socket_that_cannot_send_means_loopback_is_down(monkeypatch):
    def refuse(*_, **__):
        raise OSError(101, 'Network is unreachable')

    assert doctor_facts.is_loopback_up()
    monkeypatch.setattr(doctor_facts.socket, 'socket', refuse)
    assert not doctor_facts.is_loopback_up()


def test_a_missing_folder_has_no_free_space_to_speak_of(tmp_path):
    assert doctor_facts.free_mb(tmp_path / 'none') is None
    assert doctor_facts.free_mb(tmp_path) > 0.0


def test_the_table_shows_what_was_found_to_the_letter():
    finding = find(replace(HEALTHY, egl=None, egl_error='[Errno 2] no [file]'), 'EGL')
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(render_table([finding]))
    assert '[Errno 2] no [file]' in console.export_text()


def test_the_report_for_programs_says_the_same():
    report = json.loads(render_json(judge(replace(HEALTHY, is_loopback_up=False))))
    assert report['ok'] is False
    (loopback,) = [f for f in report['findings'] if f['check'] == 'loopback']
    assert loopback == {
        'check': 'loopback',
        'status': 'error',
        'found': 'down',
        'wanted': 'up',
        'remedy': 'ip link set lo up',
    }


def run_doctor(report: Path, **variables: str) -> int:
    code = 'import sys; from simlingo_bringup.cli import main; sys.exit(main(sys.argv[1:]))'
    command = [sys.executable, '-c', code, 'doctor', '--json', str(report)]
    env = {**os.environ, **variables}
    return subprocess.run(command, env=env, capture_output=True, timeout=120).returncode


@pytest.mark.ros
def test_this_machine_is_healthy_until_a_second_ros_is_sourced(tmp_path):
    report = tmp_path / 'doctor.json'
    assert run_doctor(report) == 0, report.read_text()
    foreign = make_ros(tmp_path / 'opt')
    assert run_doctor(report, AMENT_PREFIX_PATH=str(foreign)) == 1
    errors = [f for f in json.loads(report.read_text())['findings'] if f['status'] == 'error']
    assert [f['check'] for f in errors] == ['one ROS only']
    assert str(foreign) in errors[0]['found']
