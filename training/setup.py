# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_training."""

from setuptools import find_packages, setup

NAME = 'simlingo_training'

setup(
    name=NAME,
    version='0.2.0',
    description='Data collection, labels, recipes and training of SimLingo models.',
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
        'simlingo.commands': [
            'collect = simlingo_training.commands.collect:app',
            'data = simlingo_training.commands.data:app',
            'eval-language = simlingo_training.commands.eval_language:app',
            'label = simlingo_training.commands.label:app',
            'train = simlingo_training.commands.train:app',
        ],
    },
)
