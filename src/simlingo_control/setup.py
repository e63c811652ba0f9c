# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_control."""

from setuptools import find_packages, setup

NAME = 'simlingo_control'

setup(
    name=NAME,
    version='0.2.0',
    description='Turns driving plans into vehicle commands and stops the car when in doubt.',
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
            'control_node = simlingo_control.node:main',
        ],
    },
)
