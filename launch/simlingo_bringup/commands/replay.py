# SPDX-License-Identifier: Apache-2.0
"""Play a bag."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simlingo_bringup.environment import prepare_environment

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def replay(
    bag: Annotated[Path, typer.Argument(help='Bag folder or .mcap file.')],
    topics: Annotated[
        list[str] | None, typer.Option('--topic', help='Pattern of topics; default: all.')
    ] = None,
    rate: Annotated[float, typer.Option(min=0.01, help='Times real time.')] = 1.0,
    loop: Annotated[bool, typer.Option('--loop', help='Begin again at the end.')] = False,
    clock: Annotated[
        bool, typer.Option('--clock', help='Publish /clock with the times of the bag.')
    ] = False,
) -> None:
    """Publish the messages of a bag at the pace they were recorded with."""
    prepare_environment()
    # Not at the top: rclpy must see the environment prepared above.
    from simlingo_ros.bag_replayer import Replayer
    from simlingo_ros.spin import run_node

    raise typer.Exit(
        run_node(
            lambda: Replayer(
                bag,
                topics=tuple(topics or ('*',)),
                rate=rate,
                is_looped=loop,
                publishes_clock=clock,
            ),
            ['simlingo replay'],
            program='simlingo',
        )
    )
