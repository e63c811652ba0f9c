# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_perception."""

from setuptools import find_packages, setup

NAME = 'simlingo_perception'

setup(
    name=NAME,
    version='0.2.0',
    description='Camera conditioning, ego state and route tracking: sensors in, observation out.',
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
            'perception_node = simlingo_perception.node:main',
            'localisation_node = simlingo_perception.localisation.node:main',
        ],
    },
)
