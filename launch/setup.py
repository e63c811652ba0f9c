# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_bringup."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = 'simlingo_bringup'


def share(folder: str) -> tuple[str, list[str]]:
    """Install the files of a folder below share/."""
    files = sorted(str(path) for path in Path(folder).iterdir() if path.is_file())
    return f'share/{NAME}/{folder}', files


setup(
    name=NAME,
    version='0.2.0',
    description='Graph, launch files, parameters and layouts of the stack; the simlingo command.',
    maintainer='SimLingo ROS 2 maintainers',
    maintainer_email='maintainers@simlingo-ros2.example.org',
    license='Apache-2.0',
    packages=find_packages(include=[NAME, NAME + '.*']),
    package_data={'': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/' + NAME]),
        ('share/' + NAME, ['package.xml']),
        share('launch'),
        share('config'),
    ],
    zip_safe=False,
    extras_require={'test': ['pytest']},
    entry_points={
        'console_scripts': [
            'simlingo = simlingo_bringup.cli:main',
            'bag_world = simlingo_bringup.bag_world.node:main',
            'observer_node = simlingo_bringup.observer.node:main',
            'rviz_viewer = simlingo_bringup.rviz.viewer:main',
            'frame_publisher = simlingo_bringup.frames.node:main',
        ],
        'simlingo.benches': [
            'recordings = simlingo_bringup.bench_recordings:recordings',
            'stack = simlingo_bringup.benches:stack',
            'transport = simlingo_bringup.benches:transport',
            'watching = simlingo_bringup.bench_watching:watching',
        ],
        'simlingo.commands': [
            'up = simlingo_bringup.commands.up:app',
            'demo = simlingo_bringup.commands.demo:app',
            'say = simlingo_bringup.commands.say:app',
            'ask = simlingo_bringup.commands.ask:app',
            'cancel = simlingo_bringup.commands.cancel:app',
            'status = simlingo_bringup.commands.status:app',
            'trace = simlingo_bringup.commands.trace:app',
            'record = simlingo_bringup.commands.record:app',
            'replay = simlingo_bringup.commands.replay:app',
            'bag = simlingo_bringup.commands.bag:app',
            'bench = simlingo_bringup.commands.bench:app',
            'doctor = simlingo_bringup.commands.doctor:app',
            'soak = simlingo_bringup.commands.soak:app',
            'export = simlingo_bringup.commands.export:app',
        ],
    },
)
