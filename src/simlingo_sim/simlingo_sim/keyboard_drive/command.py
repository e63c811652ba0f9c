# SPDX-License-Identifier: Apache-2.0
"""Drive the simulated car with the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simlingo_sim.session import Session

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def drive(
    route: Annotated[str, typer.Option(help='Route set and id, such as test:3.')] = 'test:0',
    seed: Annotated[int, typer.Option(help='Seed of traffic, situations and appearance.')] = 0,
    situation: Annotated[
        str, typer.Option(help="Situation to stage; default: the route's own.")
    ] = '',
    vehicles: Annotated[int, typer.Option(help='Number of other vehicles.')] = 30,
    pedestrians: Annotated[int, typer.Option(help='Number of pedestrians.')] = 10,
    quality: Annotated[str, typer.Option(help='plain, antialiased or full.')] = 'plain',
    image: Annotated[
        str,
        typer.Option(
            help='auto, window, web or none; auto: a window if there is a display, else web.'
        ),
    ] = 'auto',
    port: Annotated[
        int, typer.Option(min=0, max=65535, help='Port of the web page; 0: any free port.')
    ] = 8250,
) -> None:
    """Drive with arrows or WASD; space brakes, p switches to the expert and back, q quits."""
    # Imported here, so that --help is quick.
    from simlingo_sim.config import SimConfig
    from simlingo_sim.keyboard_drive.loop import KeyboardEpisode
    from simlingo_sim.keyboard_drive.terminal import Terminal
    from simlingo_sim.keyboard_drive.views import open_view
    from simlingo_sim.session import Session

    terminal = Terminal()
    config = SimConfig(
        route=route,
        seed=seed,
        situation=situation,
        vehicles=vehicles,
        pedestrians=pedestrians,
        quality=quality,
    )
    images = open_view(image, port)
    try:
        session = Session(config)
        try:
            with terminal:
                KeyboardEpisode(session, terminal, images).run()
            _report(session)
        finally:
            session.close()
    finally:
        images.close()


def _report(session: Session) -> None:
    summary = session.summary()
    for name in ('status', 'driving_score', 'route_completion', 'duration_s'):
        value = summary[name]
        typer.echo(f'{name:20}{value:.2f}' if isinstance(value, float) else f'{name:20}{value}')
    for infraction in summary['infractions']:
        typer.echo(f'{infraction["t_s"]:8.1f} s  {infraction["message"]}')
