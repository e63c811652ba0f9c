# SPDX-License-Identifier: Apache-2.0
"""The manifest check finds each kind of difference between package.xml and what is true."""

from pathlib import Path

import manifest_check
import pytest

ROOT = Path(__file__).resolve().parents[2]

PACKAGE_XML = """<?xml version="1.0"?>
<package format="3">
  <name>thing</name>
  <version>0.1.0</version>
  <description>A thing.</description>
  <maintainer email="a@b.org">A</maintainer>
  <license>Apache-2.0</license>
  <exec_depend>python3-numpy</exec_depend>
  <exec_depend>rclpy</exec_depend>
  <export><build_type>ament_python</build_type></export>
</package>
"""
SETUP_PY = """from setuptools import setup

NAME = 'thing'
setup(
    name=NAME,
    version='0.1.0',
    description='A thing.',
    maintainer='A',
    maintainer_email='a@b.org',
    license='Apache-2.0',
)
"""
CODE = 'import json\nimport numpy as np\nimport torch\n\n\ndef late():\n    import rclpy\n'

MESSAGES_XML = """<?xml version="1.0"?>
<package format="3">
  <name>words</name>
  <version>0.1.0</version>
  <description>Words.</description>
  <maintainer email="a@b.org">A</maintainer>
  <license>Apache-2.0</license>
  <buildtool_depend>ament_cmake</buildtool_depend>
  <buildtool_depend>rosidl_default_generators</buildtool_depend>
  <depend>std_msgs</depend>
  <member_of_group>rosidl_interface_packages</member_of_group>
  <export><build_type>ament_cmake</build_type></export>
</package>
"""
CMAKE = """cmake_minimum_required(VERSION 3.16)
project(words)
find_package(ament_cmake REQUIRED)
find_package(rosidl_default_generators REQUIRED)
find_package(std_msgs REQUIRED)
rosidl_generate_interfaces(${PROJECT_NAME} "msg/Word.msg" DEPENDENCIES std_msgs)
ament_package()
"""

FILES = {
    'requirements/run.txt': 'torch  # net\n',
    'src/thing/package.xml': PACKAGE_XML,
    'src/thing/setup.py': SETUP_PY,
    'src/thing/setup.cfg': '[install]\ninstall_scripts=$base/lib/thing\n',
    'src/thing/resource/thing': '',
    'src/thing/thing/__init__.py': CODE,
    'interfaces/words/package.xml': MESSAGES_XML,
    'interfaces/words/CMakeLists.txt': CMAKE,
    'interfaces/words/msg/Word.msg': 'string text  # any\n',
}


@pytest.fixture
def tree(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def replace_in(tree: Path, name: str, old: str, new: str) -> None:
    path = tree / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_consistent_tree_has_no_problems(tree):
    assert manifest_check.check_tree(tree) == []


@pytest.mark.parametrize(
    ('name', 'old', 'new', 'problem'),
    [
        ('src/thing/package.xml', 'a@b.org', 'nobody', 'email'),
        ('src/thing/package.xml', '<version>0.1.0', '<version>0.2.0', 'setup.py has version'),
        ('src/thing/package.xml', 'A thing.', 'Another.', 'setup.py has description'),
        ('src/thing/package.xml', 'Apache-2.0', 'MIT', 'wanted: Apache-2.0'),
        ('src/thing/package.xml', 'ament_python', 'cmake', 'has build type cmake'),
        ('src/thing/setup.py', "NAME = 'thing'", "NAME = 'thong'", 'setup.py has name'),
        ('src/thing/setup.cfg', 'lib/thing', 'bin', 'where ros2 run looks'),
        (
            'src/thing/thing/__init__.py',
            'import json',
            'import cv2',
            'lacks <exec_depend> for python3',
        ),
        ('src/thing/thing/__init__.py', 'import rclpy', 'pass', 'declares rclpy'),
        ('requirements/run.txt', 'torch', 'numpy', 'requirements/run.txt lacks torch'),
        ('interfaces/words/CMakeLists.txt', 'project(words)', 'project(word)', 'has project word'),
        ('interfaces/words/CMakeLists.txt', 'find_package(std_msgs REQUIRED)', '', 'finds'),
        ('interfaces/words/CMakeLists.txt', 'DEPENDENCIES std_msgs', '', 'DEPENDENCIES'),
        ('interfaces/words/CMakeLists.txt', 'msg/Word.msg', 'msg/Work.msg', 'does not list'),
        (
            'interfaces/words/package.xml',
            'rosidl_interface_packages',
            'others',
            'not in the group',
        ),
        ('interfaces/words/package.xml', '<name>words', '<name>thing', 'two packages'),
    ],
)
def test_each_difference_is_reported(tree, name, old, new, problem):
    replace_in(tree, name, old, new)
    assert problem in '\n'.join(manifest_check.check_tree(tree))


def test_a_missing_marker_is_reported(tree):
    (tree / 'src/thing/resource/thing').unlink()
    assert manifest_check.check_tree(tree) == [
        'src/thing: the marker resource/thing is missing',
    ]


def test_an_empty_tree_is_no_success(tmp_path):
    (tmp_path / 'requirements').mkdir()
    (tmp_path / 'requirements' / 'run.txt').touch()
    assert manifest_check.check_tree(tmp_path) == [f'no package.xml was found below {tmp_path}']


def test_testing_aids_need_test_dependencies_only(tree):
    aids = tree / 'src/thing/thing/testing'
    aids.mkdir()
    (aids / '__init__.py').write_text('import hypothesis\n')
    (problem,) = manifest_check.check_tree(tree)
    assert 'lacks <exec_depend> for python3-hypothesis' in problem
    replace_in(
        tree,
        'src/thing/package.xml',
        '  <export>',
        '  <test_depend>python3-hypothesis</test_depend>\n  <export>',
    )
    assert manifest_check.check_tree(tree) == []
    (tree / 'src/thing/thing/late.py').write_text('import hypothesis\n')
    assert len(manifest_check.check_tree(tree)) == 1


def test_this_tree_is_consistent():
    # Idle dependencies are left to the linter: they hurt nobody.
    problems = [p for p in manifest_check.check_tree(ROOT) if 'which no module uses' not in p]
    assert problems == []
