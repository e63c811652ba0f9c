# SPDX-License-Identifier: Apache-2.0
"""The layout for Foxglove, made from the table of interfaces.

``python -m simlingo_view.foxglove_server.layout > launch/config/foxglove_layout.json``
"""

from __future__ import annotations

import json

from foxglove import layouts

from simlingo_ros import interfaces

NAMESPACE = '/simlingo'
FOLLOWED_FRAME = interfaces.DEFAULT_ROLE
PLOTS = {
    'Speed [m/s]': ((interfaces.ODOMETRY, 'twist.twist.linear.x'),),
    'Pedals and wheel': (
        (interfaces.VEHICLE_STATUS, 'control.throttle'),
        (interfaces.VEHICLE_STATUS, 'control.brake'),
        (interfaces.VEHICLE_STATUS, 'control.steer'),
    ),
    'Plan age and inference [s]': (
        (interfaces.SAFETY_STATE, 'plan_age'),
        (interfaces.PLAN, 'inference_time'),
    ),
}


def topic_name(interface: interfaces.Interface) -> str:
    """Return the full name of a topic in the default namespace."""
    name = interface.resolve()
    return name if name.startswith('/') else f'{NAMESPACE}/{name}'


def make_layout() -> str:
    """Return the layout as JSON."""
    left = _column(
        (2.0, _image('Plan on its image', interfaces.OVERLAY)),
        (1.0, _texts()),
    )
    right = _column((2.0, _space()), *((0.7, _plot(title)) for title in PLOTS))
    items = [layouts.SplitItem(proportion=1.0, content=side) for side in (left, right)]
    layout = layouts.Layout(content=layouts.SplitContainer(direction='row', items=items))
    return json.dumps(json.loads(layout.to_json()), indent=2) + '\n'


def _column(*rows: tuple[float, layouts.Content]) -> layouts.SplitContainer:
    items = [layouts.SplitItem(proportion=share, content=content) for share, content in rows]
    return layouts.SplitContainer(direction='column', items=items)


def _image(title: str, interface: interfaces.Interface) -> layouts.ImagePanel:
    mode = layouts.ImageModeConfig(image_topic=topic_name(interface))
    return layouts.ImagePanel(title=title, config=layouts.ImageConfig(image_mode=mode))


def _space() -> layouts.ThreeDeePanel:
    paths = (interfaces.PLAN_PATH, interfaces.PLAN_WAYPOINTS, interfaces.WAYPOINTS)
    topics: dict[str, layouts.BaseRendererTopicSettings] = {
        topic_name(entry): layouts.BaseRendererPosesTopicSettings(visible=True) for entry in paths
    }
    markers = layouts.BaseRendererRosMarkerTopicSettings(visible=True)
    topics[topic_name(interfaces.MARKERS)] = markers
    return layouts.ThreeDeePanel(
        title='Plan and route',
        config=layouts.ThreeDeeConfig(
            fixed_frame='map',
            follow_tf=FOLLOWED_FRAME,
            follow_mode='follow-pose',
            topics=topics,
        ),
    )


def _plot(title: str) -> layouts.PlotPanel:
    series = [
        layouts.PlotSeries(
            value=f'{topic_name(entry)}.{field}',
            label=field,
            timestamp_method='receiveTime',
            enabled=True,
        )
        for entry, field in PLOTS[title]
    ]
    return layouts.PlotPanel(
        title=title, config=layouts.PlotConfig(paths=series, following_view_width=30.0)
    )


def _texts() -> layouts.TabContainer:
    shown = {
        'Commentary': interfaces.COMMENTARY,
        'Instruction': interfaces.INSTRUCTION_STATUS,
        'Safety': interfaces.SAFETY_STATE,
    }
    tabs = [
        layouts.TabItem(
            title=title,
            content=layouts.RawMessagesPanel(
                config=layouts.RawMessagesConfig(topic_path=topic_name(entry))
            ),
        )
        for title, entry in shown.items()
    ]
    return layouts.TabContainer(tabs=tabs)


if __name__ == '__main__':
    print(make_layout(), end='')
