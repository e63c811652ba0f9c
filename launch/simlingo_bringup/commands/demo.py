# SPDX-License-Identifier: Apache-2.0
"""Drive a route of the held-out town over ROS 2 and show what came of it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from simlingo_bringup.drive_summary import REPORT_FILE, SUMMARY_FILE, VIDEO_FILE, summarise
from simlingo_bringup.environment import prepare_environment
from simlingo_bringup.graph import find_graph
from simlingo_bringup.resolution import resolve
from simlingo_bringup.supervisor import supervise

app = typer.Typer(add_completion=False, rich_markup_mode=None)

BAG_FOLDER = 'bag'
BAG_FILE = 'drive.mcap'
BAG_WAIT_S = 20.0


@app.command()
def demo(
    route: Annotated[str, typer.Option(help='Route set and id.')] = 'test:20',
    seed: Annotated[int, typer.Option(min=0, help='Of traffic, situations and looks.')] = 0,
    folder: Annotated[Path, typer.Option(help='Where results go.')] = Path('out/demo'),
    lockstep: Annotated[bool, typer.Option(help='Let the world wait for commands.')] = False,
) -> None:
    """Drive a route of the held-out town over ROS 2 in real time; exit code 0: arrived."""
    folder = folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    prepare_environment()
    arguments = {
        'route': route,
        'seed': str(seed),
        'folder': str(folder),
        'lockstep': str(lockstep).lower(),
    }
    nodes = resolve(find_graph('expert_drive'), arguments)
    with recording(folder):
        code = supervise(nodes)
    if code:
        raise typer.Exit(code)
    summary = summarise(folder)
    for name in ('status', 'driving_score', 'route_completion', 'duration_s', 'control_hz'):
        value = summary[name]
        print(f'{name:20}{value:.2f}' if isinstance(value, float) else f'{name:20}{value}')
    for name in (VIDEO_FILE, REPORT_FILE, BAG_FILE, SUMMARY_FILE):
        print(f'{name:20}{folder / name}')
    raise typer.Exit(0 if summary['arrived'] else 1)


@contextmanager
def recording(folder: Path) -> Iterator[None]:
    """Record all topics but raw images into ``drive.mcap`` while the block runs."""
    bag = folder / BAG_FOLDER
    command = [sys.executable, '-m', 'simlingo_bringup', 'record', str(bag)]
    # A group of its own: Ctrl-C is the supervisor's business, this process is ended below.
    process = subprocess.Popen(command, start_new_session=True)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(BAG_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for path in bag.glob('*.mcap'):
        path.replace(folder / BAG_FILE)
    shutil.rmtree(bag, ignore_errors=True)
