# SPDX-License-Identifier: Apache-2.0
"""Install simlingo_view."""

from setuptools import find_packages, setup

NAME = 'simlingo_view'

setup(
    name=NAME,
    version='0.2.0',
    description='Shows what the stack does: outputs for rviz and Foxglove, and the live page.',
    maintainer='SimLingo ROS 2 maintainers',
    maintainer_email='maintainers@simlingo-ros2.example.org',
    license='Apache-2.0',
    packages=find_packages(include=[NAME, NAME + '.*']),
    package_data={'': ['py.typed', '*.html', '*.css', '*.js']},
    data_files=[
        ('share/ament_index/resource_index/packages', ['resource/' + NAME]),
        ('share/' + NAME, ['package.xml']),
    ],
    zip_safe=False,
    extras_require={'test': ['pytest']},
    entry_points={
        'simlingo.benches': ['view = simlingo_view.bench:view'],
        'console_scripts': [
            'display_node = simlingo_view.display.node:main',
            'foxglove_node = simlingo_view.foxglove_server.node:main',
            'page_node = simlingo_view.page.node:main',
        ],
    },
)
