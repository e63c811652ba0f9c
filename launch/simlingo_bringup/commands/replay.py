# SPDX-License-Identifier: Apache-2.0
"""Play a bag, or score a policy on it: simlingo replay BAG, simlingo replay evaluate BAG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from simlingo_bringup.environment import prepare_environment
from simlingo_evaluation.replay.commands import evaluate

PLAY = 'play'


class PlayByDefault(TyperGroup):
    """Takes ``simlingo replay BAG`` for ``simlingo replay play BAG``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front that is meant where none is named."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [PLAY, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(add_completion=False, rich_markup_mode=None, cls=PlayByDefault)
app.command()(evaluate)


@app.command(PLAY)
def replay(
    bag: Annotated[Path, typer.Argument(help='Bag folder, .mcap or .db3 file.')],
    topics: Annotated[
        list[str] | None, typer.Option('--topic', help='Pattern of topics; default: all.')
    ] = None,
    rate: Annotated[float, typer.Option(min=0.01, help='Times real time.')] = 1.0,
    start: Annotated[
        float, typer.Option('--start', min=0.0, help='Begin so many seconds after the beginning.')
    ] = 0.0,
    duration: Annotated[
        float | None, typer.Option('--duration', help='Play so many seconds of the bag.')
    ] = None,
    remaps: Annotated[
        list[str] | None,
        typer.Option(
            '--remap', help='/FROM:=/TO: publish a topic under another name; repeatable.'
        ),
    ] = None,
    wait_for: Annotated[
        list[str] | None,
        typer.Option(
            '--wait-for',
            help='Begin when this topic of the bag has a subscriber; repeatable. Otherwise '
            'playing begins after a second, with or without one.',
        ),
    ] = None,
    loop: Annotated[bool, typer.Option('--loop', help='Begin again at the end.')] = False,
    clock: Annotated[
        bool, typer.Option('--clock', help='Publish /clock with the times of the bag.')
    ] = False,
) -> None:
    """Publish the messages of a bag at the pace they were recorded with."""
    names = parse_remaps(remaps or ())
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
                start_s=start,
                duration_s=duration,
                remaps=names,
                wait_for=tuple(wait_for or ()),
                is_looped=loop,
                publishes_clock=clock,
            ),
            ['simlingo replay'],
            program='simlingo',
        )
    )


def parse_remaps(texts: Sequence[str]) -> dict[str, str]:
    """Return topics by topics of ``/from:=/to``.

    Raises:
        typer.BadParameter: a text is not like that.
    """
    names = {}
    for text in texts:
        source, _, target = text.partition(':=')
        if not source.startswith('/') or not target.startswith('/'):
            raise typer.BadParameter(f'{text!r}; expected such as /from:=/to')
        names[source] = target
    return names
