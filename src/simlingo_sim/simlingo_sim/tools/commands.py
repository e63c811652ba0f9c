# SPDX-License-Identifier: Apache-2.0
"""Make contact sheets of towns and situations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simlingo_core.errors import ConfigError

if TYPE_CHECKING:
    from simlingo_sim.tools.sheets import CaptionedImage

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

IMAGES_OF_SITUATION = 8


@app.callback()
def choose() -> None:
    """Look at the simulated world."""


@app.command()
def render(
    town: Annotated[
        str | None, typer.Argument(help='Name of a town, or path of an OpenDRIVE file.')
    ] = None,
    situation: Annotated[
        str | None,
        typer.Option(
            help='Show this situation, or all scenarios, with the expert as the driver, '
            'instead of a town.'
        ),
    ] = None,
    route: Annotated[
        str | None, typer.Option(help='Route of the situation, such as test:3; default: any.')
    ] = None,
    special: Annotated[
        bool, typer.Option('--special', help='Show the road users that are off by default.')
    ] = False,
    weather: Annotated[
        str, typer.Option(help='A weather preset of CARLA, or all: the town in each of them.')
    ] = '',
    seed: Annotated[
        int, typer.Option(min=0, help='Seed of colours, textures, sun and actors.')
    ] = 0,
    quality: Annotated[str, typer.Option(help='plain, antialiased or full.')] = 'full',
    width: Annotated[int, typer.Option(help='Width of the camera image in pixels.')] = 1024,
    columns: Annotated[int, typer.Option(min=1, help='Number of images side by side.')] = 2,
    tile_width: Annotated[int, typer.Option(help='Width of an image on the sheet.')] = 640,
    out: Annotated[Path | None, typer.Option(help='JPEG to write; default: out/world/.')] = None,
) -> None:
    """Write a contact sheet of a town or of a situation."""
    # Imported here, so that --help is quick.
    from simlingo_sim.tools.sheets import make_sheet, save_sheet

    if town is None and situation is None:
        raise ConfigError(
            'nothing is named to render; name a town, such as Town93, or --situation NAME'
        )
    if town is not None and situation is not None:
        raise ConfigError('name either a town or a --situation, not both')
    if town is not None:
        images = _town_images(town, seed, quality, width, weather, has_special=special)
    else:
        images = _situation_images(str(situation), route, seed, quality, width, weather)
    subject = situation or Path(str(town)).stem + ('_special' if special else '')
    subject += f'_{weather}' if weather else ''
    path = out or Path('out') / 'world' / f'{subject}_{seed}.jpg'
    save_sheet(make_sheet(images, columns, tile_width), path)
    typer.echo(f'{len(images)} images of {subject}: {path}')


def _town_images(
    name: str, seed: int, quality: str, width_px: int, weather: str, *, has_special: bool
) -> list[CaptionedImage]:
    import numpy as np

    from simlingo_sim.camera.renderer import Renderer
    from simlingo_sim.camera.specs import chase_camera, quality_named, top_camera, training_camera
    from simlingo_sim.tools.sheets import add_magnifier
    from simlingo_sim.tools.special_moments import special_moments
    from simlingo_sim.tools.staging import ALL, in_weather, staged_moments
    from simlingo_sim.town.loading import load_town

    town = load_town(name)
    make_moments = special_moments if has_special else staged_moments
    moments = in_weather(make_moments(town, np.random.default_rng(seed)), weather, seed)
    renderer = Renderer(town, quality_named(quality), seed, has_lamps=bool(weather))
    front = training_camera(width_px, width_px // 2)
    chase = chase_camera(width_px, width_px // 2)
    top = top_camera(width_px, width_px // 2, width_m=110.0)
    try:
        images = [
            (moment.caption, add_magnifier(renderer.render(moment.state, front)))
            for moment in moments
        ]
        if has_special or weather == ALL:
            return images
        images.append(('chase view', renderer.render(moments[0].state, chase)))
        images.append(('top view', renderer.render(moments[0].state, top)))
        return images
    finally:
        renderer.close()


def _situation_images(
    name: str, route: str | None, seed: int, quality: str, width_px: int, weather: str
) -> list[CaptionedImage]:
    from simlingo_sim.camera.specs import quality_named, training_camera
    from simlingo_sim.tools.staging import ALL
    from simlingo_sim.tools.strips import drive_situation, show_scenarios
    from simlingo_sim.world import SimWorld, WorldConfig

    camera = training_camera(width_px, width_px // 2)
    config = WorldConfig(camera=camera, quality=quality_named(quality), weather=weather)
    with SimWorld(config) as world:
        if name == ALL:
            return show_scenarios(world, seed)
        return drive_situation(world, name, seed, IMAGES_OF_SITUATION, route)
