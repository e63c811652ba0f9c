# SPDX-License-Identifier: Apache-2.0
"""Record topics into an MCAP bag until Ctrl-C."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from simlingo_bringup.environment import prepare_environment

app = typer.Typer(add_completion=False, rich_markup_mode=None)

# Large, or made for who listens: a recorder would have every one of them made.
LEFT_OUT = ('*/image', '*/preview/compressed')


@app.command()
def record(
    folder: Annotated[Path, typer.Argument(help='Bag folder to create.')],
    topics: Annotated[
        list[str] | None, typer.Option('--topic', help='Pattern of topics; default: all.')
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help='Pattern of topics to leave out.')
    ] = None,
    at_most: Annotated[
        list[str] | None,
        typer.Option(help='TOPIC=HZ: keep so many of its messages a second; repeatable.'),
    ] = None,
    duration_s: Annotated[float | None, typer.Option(help='Stop after so long.')] = None,
    compress: Annotated[bool, typer.Option('--compress', help='With zstd.')] = False,
    split_mb: Annotated[
        float, typer.Option('--split-mb', min=0.0, help='Begin a new file after so many MB.')
    ] = 0.0,
    split_s: Annotated[
        float, typer.Option('--split-s', min=0.0, help='Begin a new file after so many seconds.')
    ] = 0.0,
    keep_files: Annotated[
        int,
        typer.Option(
            '--keep-files',
            min=0,
            help='Of a split recording, keep so many complete files, remove older ones; 0: all.',
        ),
    ] = 0,
    humble: Annotated[
        bool, typer.Option('--humble', help='Metadata of version 8, which ROS 2 Humble reads.')
    ] = False,
    wall_time: Annotated[
        bool, typer.Option('--wall-time', help='Stamps of the wall clock, not of /clock.')
    ] = False,
) -> None:
    """Record topics into an MCAP bag until Ctrl-C; raw images and previews only if asked for."""
    prepare_environment()
    # Not at the top: rclpy must see the environment prepared above.
    from rclpy.parameter import Parameter

    from simlingo_ros.bag_recorder import Recorder
    from simlingo_ros.spin import run_node

    rates = parse_rates(at_most or ())
    left_out = tuple(exclude or ()) if topics else (*LEFT_OUT, *(exclude or ()))
    code = run_node(
        lambda: Recorder(
            folder,
            topics=tuple(topics or ('*',)),
            exclude=left_out,
            duration_s=duration_s,
            at_most_hz=rates,
            version=8 if humble else 9,
            is_compressed=compress,
            split_bytes=round(split_mb * 1e6),
            split_s=split_s,
            keep_files=keep_files,
            parameter_overrides=[Parameter('use_sim_time', value=not wall_time)],
        ),
        ['simlingo record'],
        program='simlingo',
    )
    raise typer.Exit(code)


def parse_rates(texts: Sequence[str]) -> dict[str, float]:
    """Return topics and rates of ``/topic=3.5``.

    Raises:
        typer.BadParameter: a text is not like that.
    """
    rates = {}
    for text in texts:
        topic, _, rate = text.partition('=')
        try:
            if not topic.startswith('/'):
                raise ValueError(topic)
            rates[topic] = float(rate)
        except ValueError:
            raise typer.BadParameter(f'{text!r}; expected such as /topic=3.5') from None
    return rates
