# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_bringup."""

from setuptools import find_packages, setup

NAME = 'simlingo_bringup'

setup(
    name=NAME,
    version='0.1.0',
    description='The graph of the SimLingo stack, its launch files, parameters, layouts and the simlingo command.',
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
        'console_scripts': [
            'simlingo = simlingo_bringup.cli:main',
        ],
        'simlingo.commands': [
            'up = simlingo_bringup.commands.up:app',
            'doctor = simlingo_bringup.commands.doctor:app',
        ],
    },
)
