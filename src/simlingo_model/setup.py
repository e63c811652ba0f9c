# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_model."""

from setuptools import find_packages, setup

NAME = 'simlingo_model'

setup(
    name=NAME,
    version='0.2.0',
    description='The SimLingo network, its processor, checkpoints and inference engine.',
    maintainer='SimLingo ROS 2 maintainers',
    maintainer_email='maintainers@simlingo-ros2.example.org',
    license='Apache-2.0',
    packages=find_packages(include=[NAME, NAME + '.*']),
    package_data={'': ['py.typed', 'assets/*/*']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/' + NAME]),
        ('share/' + NAME, ['package.xml']),
    ],
    zip_safe=False,
    extras_require={'test': ['pytest']},
    entry_points={
        'simlingo.benches': [
            'model = simlingo_model.bench:mini_rows',
        ],
        'simlingo.commands': [
            'model = simlingo_model.commands:app',
        ],
    },
)
