# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_carla."""

from setuptools import find_packages, setup

NAME = 'simlingo_carla'

setup(
    name=NAME,
    version='0.2.0',
    description="CARLA through its Python client, and the leaderboard's agent.",
    maintainer='SimLingo ROS 2 maintainers',
    maintainer_email='maintainers@simlingo-ros2.example.org',
    license='Apache-2.0',
    packages=find_packages(include=[NAME, NAME + '.*']),
    package_data={'': ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/' + NAME]),
        ('share/' + NAME, ['package.xml']),
    ],
    zip_safe=False,
    extras_require={'test': ['pytest']},
    entry_points={
        'console_scripts': ['carla_relay = simlingo_carla.relay.node:main'],
        'simlingo.commands': ['serve = simlingo_carla.egodriver.command:app'],
        'simlingo.worlds': ['carla = simlingo_carla.world:open_world'],
    },
)
