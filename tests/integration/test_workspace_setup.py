# SPDX-License-Identifier: Apache-2.0
"""The set-up's decisions: what it refuses, what it does again and what it leaves alone."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from workspace_setup import __main__ as main_module
from workspace_setup import environment, interfaces, packages, system, wheels
from workspace_setup.__main__ import alone
from workspace_setup.commands import SetupError, run
from workspace_setup.layout import FOREIGN_VARIABLES, Layout
from workspace_setup.stamps import Stamps, digest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def layout(tmp_path):
    return Layout(root=tmp_path)


@pytest.fixture
def stamps(tmp_path):
    return Stamps(tmp_path / '.venv' / '.setup')


@pytest.fixture
def calls(monkeypatch):
    """Record what would be run instead of running it."""
    made = []
    for module in (environment, interfaces, packages, system, wheels):
        if hasattr(module, 'run'):
            monkeypatch.setattr(
                module, 'run', lambda words, **_: made.append(list(map(str, words)))
            )
    return made


def write(path: Path, text: str = '') -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(('kind', 'machine'), [('darwin', 'arm64'), ('linux', 'aarch64')])
def test_other_platforms_are_sent_to_the_other_door(kind, machine):
    with pytest.raises(SetupError, match='install-with-ros'):
        system.check_platform(kind, machine)


MISSING = system.Need(what='EGL', debian_package='libegl1', is_met=lambda: False)
PRESENT = system.Need(what='make', debian_package='make', is_met=lambda: True)


def test_without_rights_the_exact_command_is_shown(monkeypatch, calls):
    monkeypatch.setattr(system, '_privilege', lambda: None)
    with pytest.raises(SetupError) as caught:
        system.ensure_needs([MISSING, PRESENT])
    assert 'lacks: EGL' in str(caught.value)
    assert 'sudo apt-get install -y --no-install-recommends libegl1' in str(caught.value)
    assert calls == []


def test_with_rights_only_what_is_missing_is_installed(monkeypatch, calls):
    answers = iter([False, True])
    need = system.Need(what='EGL', debian_package='libegl1', is_met=lambda: next(answers))
    monkeypatch.setattr(system, '_privilege', lambda: ['sudo', '-n'])
    monkeypatch.setattr(system.shutil, 'which', lambda _: '/usr/bin/apt-get')
    system.ensure_needs([need, PRESENT])
    assert [words[:4] for words in calls] == [
        ['sudo', '-n', 'apt-get', 'update'],
        ['sudo', '-n', 'apt-get', 'install'],
    ]
    assert calls[1][-1] == 'libegl1'


def test_an_installation_that_changes_nothing_is_an_error(monkeypatch, calls):
    monkeypatch.setattr(system, '_privilege', lambda: [])
    monkeypatch.setattr(system.shutil, 'which', lambda _: '/usr/bin/apt-get')
    with pytest.raises(SetupError, match=r'Still missing.*EGL'):
        system.ensure_needs([MISSING])


def test_this_machine_meets_every_need():
    assert [need.what for need in system.missing_needs()] == []


def test_children_get_nothing_of_a_sourced_ros(monkeypatch, layout):
    for name in FOREIGN_VARIABLES:
        monkeypatch.setenv(name, '/opt/ros/kilted')
    child = layout.child_environment()
    assert not set(FOREIGN_VARIABLES) & set(child)
    assert child['PATH'].split(os.pathsep)[0] == str(layout.venv / 'bin')
    assert child['VIRTUAL_ENV'] == str(layout.venv)


def test_an_environment_of_another_version_is_refused(layout):
    write(layout.python, '#!/bin/sh\necho 3.9\n').chmod(0o755)
    with pytest.raises(SetupError, match=r'holds Python 3\.9; wanted: 3\..*Delete'):
        environment.ensure_environment(layout)


def test_an_environment_that_was_moved_is_refused(layout):
    layout.python.parent.mkdir(parents=True)
    layout.python.symlink_to(sys.executable)
    write(layout.venv / 'bin' / 'pip', '#!/elsewhere/.venv/bin/python\n')
    with pytest.raises(SetupError, match='made for another folder'):
        environment.ensure_environment(layout)


def test_a_broken_environment_is_refused(layout):
    layout.venv.mkdir()
    with pytest.raises(SetupError, match='no working Python'):
        environment.ensure_environment(layout)


def test_a_digest_follows_names_and_contents(tmp_path):
    first = write(tmp_path / 'msg' / 'A.msg', 'bool a')
    before = digest(['x'], [tmp_path / 'msg'])
    assert digest(['x'], [tmp_path / 'msg']) == before
    assert digest(['y'], [tmp_path / 'msg']) != before
    first.write_text('bool b')
    changed = digest(['x'], [tmp_path / 'msg'])
    first.rename(tmp_path / 'msg' / 'B.msg')
    assert len({before, changed, digest(['x'], [tmp_path / 'msg'])}) == 3


def write_pins(layout: Layout, torch: str = '2.13.0') -> None:
    write(layout.constraints, f'numpy==2.0\ntorch=={torch}\n')
    for path in layout.requirements:
        write(path, 'numpy\n')


def test_wheels_are_installed_once_and_torch_comes_first(monkeypatch, layout, stamps, calls):
    monkeypatch.delenv(wheels.TORCH_INDEX_VARIABLE, raising=False)
    write_pins(layout)
    wheels.install_wheels(layout, stamps)
    wheels.install_wheels(layout, stamps)
    assert len(calls) == 2
    assert 'torch==2.13.0' in calls[0]
    assert '--index-url' not in calls[0]
    assert calls[1].count('-r') == len(layout.requirements)


def test_a_changed_pin_installs_again(layout, stamps, calls):
    write_pins(layout)
    wheels.install_wheels(layout, stamps)
    write_pins(layout, torch='2.14.0')
    wheels.install_wheels(layout, stamps)
    assert ['torch==2.14.0' in words for words in calls] == [False, False, True, False]


def test_an_index_for_torch_is_passed_on(monkeypatch, layout, stamps, calls):
    monkeypatch.setenv(wheels.TORCH_INDEX_VARIABLE, 'file:///somewhere')
    write_pins(layout)
    wheels.install_wheels(layout, stamps)
    assert calls[0][-2:] == ['--index-url', 'file:///somewhere']
    assert '--index-url' not in calls[1]


def test_a_missing_pin_is_named(layout, stamps, calls):
    write(layout.constraints, 'numpy==2.0\n')
    with pytest.raises(SetupError, match='no line "torch==<version>"'):
        wheels.install_wheels(layout, stamps)


def test_container_paths_are_replaced_once(tmp_path):
    text = (
        'set(i "/opt/python/cp312-cp312/include/python3.12;'
        '/opt/python/cp312-cp312/lib/python3.12/site-packages/numpy/_core/include;/usr/include")'
    )
    path = write(tmp_path / 'std_msgs' / 'cmake' / 'export.cmake', text)
    folders = {'python_include': '/py', 'numpy_include': '/np'}
    assert wheels.patch_files(tmp_path, **folders) == 1
    assert path.read_text() == 'set(i "/py;/np;/usr/include")'
    assert wheels.patch_files(tmp_path, **folders) == 0


def write_interfaces(layout: Layout) -> None:
    for name in ('src/own_msgs', 'interfaces/tf2_msgs'):
        write(layout.root / name / 'CMakeLists.txt', 'project()')
        write(layout.root / name / 'package.xml', f'<name>{name}</name>')


def built(calls: list[list[str]]) -> list[str]:
    words = calls[-1]
    paths = words[words.index('--base-paths') + 1 : words.index('--install-base')]
    return [Path(path).name for path in paths]


def test_only_changed_interfaces_are_built(layout, stamps, calls):
    write_interfaces(layout)
    interfaces.build_interfaces(layout, stamps)
    assert built(calls) == ['own_msgs', 'tf2_msgs']
    interfaces.build_interfaces(layout, stamps)
    assert len(calls) == 1
    write(layout.root / 'src/own_msgs/msg/New.msg', 'bool a')
    interfaces.build_interfaces(layout, stamps)
    assert built(calls) == ['own_msgs']


def test_a_package_of_the_underlay_is_left_alone(layout, stamps, calls):
    write_interfaces(layout)
    write(layout.venv / 'share/tf2_msgs/package.xml', '<name>the real one</name>')
    interfaces.build_interfaces(layout, stamps)
    assert built(calls) == ['own_msgs']


def test_our_stand_in_is_known_without_its_stamp(layout, stamps, calls):
    write_interfaces(layout)
    text = (layout.root / 'interfaces/tf2_msgs/package.xml').read_text()
    write(layout.venv / 'share/tf2_msgs/package.xml', text)
    interfaces.build_interfaces(layout, stamps)
    assert built(calls) == ['own_msgs', 'tf2_msgs']


def test_two_set_ups_of_one_clone_take_turns(tmp_path, capfd):
    order = []

    def second() -> None:
        with alone(tmp_path):
            order.append('second')

    with alone(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.3)
        order.append('first')
    other.join(10.0)
    assert order == ['first', 'second']
    assert 'waiting for another one' in capfd.readouterr().out


def test_packages_are_installed_again_when_a_manifest_changed(layout, stamps, calls):
    for folder in ('src/a', 'launch'):
        for name in ('setup.py', 'setup.cfg', 'package.xml'):
            write(layout.root / folder / name)
    packages.install_packages(layout, stamps)
    packages.install_packages(layout, stamps)
    assert len(calls) == 1
    assert calls[0].count('-e') == 2
    assert '--use-pep517' in calls[0]
    write(layout.root / 'launch' / 'setup.py', 'entry_points')
    packages.install_packages(layout, stamps)
    assert len(calls) == 2


def test_a_command_that_fails_is_named_with_its_remedy():
    with pytest.raises(SetupError, match=r'ended with code 3\. Try again'):
        run([sys.executable, '-c', 'raise SystemExit(3)'], env=os.environ, remedy='Try again.')
    with pytest.raises(SetupError, match=r'cannot be started.*Try again'):
        run(['/no/such/program'], env=os.environ, remedy='Try again.')


@pytest.mark.parametrize(
    ('until', 'expected'),
    [
        ('system', ['needs']),
        ('wheels', ['needs', 'environment', 'wheels']),
        ('packages', ['needs', 'environment', 'wheels', 'paths', 'interfaces', 'packages']),
    ],
)
def test_a_part_of_the_set_up_ends_where_it_is_asked_to(monkeypatch, layout, until, expected):
    done = []
    for name, step in (
        ('ensure_needs', 'needs'),
        ('ensure_environment', 'environment'),
        ('install_wheels', 'wheels'),
        ('patch_paths', 'paths'),
        ('build_interfaces', 'interfaces'),
        ('install_packages', 'packages'),
    ):
        monkeypatch.setattr(main_module, name, lambda *_, step=step: done.append(step))
    main_module.set_up(layout, until)
    assert done == expected


def test_the_last_line_says_what_is_installed(monkeypatch, capsys):
    monkeypatch.setattr(main_module, 'set_up', lambda layout, until: None)
    assert main_module.main([]) == 0
    assert ' s: wheels, interface packages and our packages' in capsys.readouterr().out
    assert main_module.main(['--until', 'system']) == 0
    assert ' s: system packages only' in capsys.readouterr().out


def test_the_texts_of_make_help_begin_in_one_column():
    makefile = Path(__file__).parents[2] / 'Makefile'
    text = subprocess.run(
        ['make', '-s', '-f', str(makefile), 'help'], capture_output=True, text=True, check=True
    ).stdout
    assert len({len(row) - len(row.split(maxsplit=1)[1]) for row in text.splitlines()}) == 1
