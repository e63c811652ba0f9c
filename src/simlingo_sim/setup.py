# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_sim."""

from setuptools import find_packages, setup

NAME = 'simlingo_sim'

setup(
    name=NAME,
    version='0.2.0',
    description='Embedded simulator with the topics of the CARLA ROS bridge.',
    maintainer='SimLingo ROS 2 maintainers',
    maintainer_email='maintainers@simlingo-ros2.example.org',
    license='Apache-2.0',
    packages=find_packages(include=[NAME, NAME + '.*']),
    package_data={'': ['py.typed'], NAME: ['data/towns/*/*', 'data/routes/*']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/' + NAME]),
        ('share/' + NAME, ['package.xml']),
    ],
    zip_safe=False,
    extras_require={'test': ['pytest']},
    entry_points={
        'console_scripts': [
            'simlingo_world = simlingo_sim.node:main',
        ],
        'simlingo.commands': [
            'drive = simlingo_sim.keyboard_drive.command:app',
            'routes = simlingo_sim.tools.route_commands:app',
            'world = simlingo_sim.tools.commands:app',
        ],
        'simlingo.benches': [
            'sim_collection = simlingo_sim.tools.bench:collection',
            'sim_loop = simlingo_sim.tools.bench:loop',
            'sim_start_up = simlingo_sim.tools.bench:start_up',
            'sim_traffic = simlingo_sim.tools.bench:traffic',
        ],
    },
)
