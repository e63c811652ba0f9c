# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_evaluation."""

from setuptools import find_packages, setup

NAME = 'simlingo_evaluation'

setup(
    name=NAME,
    version='0.2.0',
    description='Closed-loop benchmark, scores and reports.',
    maintainer='SimLingo ROS 2 maintainers',
    maintainer_email='maintainers@simlingo-ros2.example.org',
    license='Apache-2.0',
    packages=find_packages(include=[NAME, NAME + '.*']),
    package_data={'': ['py.typed', 'templates/*.j2']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/' + NAME]),
        ('share/' + NAME, ['package.xml']),
    ],
    zip_safe=False,
    extras_require={'test': ['pytest']},
    entry_points={
        'simlingo.commands': [
            'eval = simlingo_evaluation.commands:app',
            'results = simlingo_evaluation.results.commands:app',
        ],
    },
)
