# SPDX-License-Identifier: Apache-2.0
"""Cut a clip out of a bag, or turn a bag into training frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.callback()
def main() -> None:
    """From a failure in a recording to a test and to training frames."""


@app.command('to-dataset')
def to_dataset(
    bag: Annotated[Path, typer.Argument(help='Bag folder, .mcap or .db3 file.')],
    out: Annotated[Path, typer.Option(help='Root of the data set.')],
    town: Annotated[
        str, typer.Option(help='Where it was driven: first word of the episode.')
    ] = 'Recording',
    camera: Annotated[str, typer.Option('--camera', help='Topic of the camera.')] = '',
    odometry: Annotated[str, typer.Option('--odometry', help='Topic of the odometry.')] = '',
    route: Annotated[
        str, typer.Option('--route', help="Topic of the route, or 'driven': the way driven.")
    ] = '',
    fov: Annotated[float, typer.Option('--fov', help='Of the camera, horizontal [deg].')] = 110.0,
) -> None:
    """Write the frames of a bag in SimLingo's layout, with the driven future as label."""
    from simlingo_bringup.bag_frames import write_frames
    from simlingo_perception.config import PerceptionConfig

    topics = {'camera': camera, 'odometry': odometry, 'route': route}
    written = write_frames(
        bag,
        out,
        town=town,
        topics={part: name for part, name in topics.items() if name},
        perception=PerceptionConfig(camera_fov_deg=fov),
    )
    print(
        f'{written.frames} frames in {len(written.episodes)} episodes below {out}; '
        f'{written.skipped} images have no 2.5 s of driving after them'
    )


@app.command()
def cut(
    bag: Annotated[Path, typer.Argument(help='Bag folder, .mcap or .db3 file.')],
    at: Annotated[float, typer.Option('--at', help='Moment [s], as reports print it.')],
    out: Annotated[
        Path | None, typer.Option(help='Bag folder to create. Default: BAG_at_SECONDS.')
    ] = None,
    before: Annotated[float, typer.Option(min=0.0, help='Seconds before the moment.')] = 5.0,
    after: Annotated[float, typer.Option(min=0.0, help='Seconds after the moment.')] = 5.0,
    topics: Annotated[
        list[str] | None, typer.Option('--topic', help='Pattern of topics; default: all.')
    ] = None,
) -> None:
    """Cut a clip around a moment out of a bag, with what was latched before, as the route."""
    from simlingo_evaluation.replay.evaluation import bag_name
    from simlingo_ros.bag_cut import cut_bag

    target = out or bag.resolve().parent / f'{bag_name(bag)}_at_{at:g}'
    clip = cut_bag(
        bag, target, start_s=at - before, end_s=at + after, topics=tuple(topics or ('*',))
    )
    for text in clip.left_out:
        print(f'left out: {text}')
    print(f'{clip.messages} messages of {clip.topics} topics in {target}')
    if not clip.messages:
        raise typer.Exit(1)
