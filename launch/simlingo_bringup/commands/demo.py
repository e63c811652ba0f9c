# SPDX-License-Identifier: Apache-2.0
"""Drive a route of the held-out town over ROS 2 and show the result."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from simlingo_bringup.demo_folder import BAG_FILE, BAG_FOLDER, clear
from simlingo_bringup.ending import end_process
from simlingo_bringup.environment import node_environment, prepare_environment
from simlingo_bringup.episode_summary import (
    REPORT_FILE,
    RESULT_FILE,
    SUMMARY_FILE,
    VIDEO_FILE,
    summarise,
)
from simlingo_bringup.graph import find_graph
from simlingo_bringup.resolution import GIVE_WAY, resolve
from simlingo_bringup.route_check import check_routes
from simlingo_bringup.supervisor import supervise
from simlingo_core.errors import BackendError, ConfigError
from simlingo_model.model_names import COMMITTED, find_model
from simlingo_planner.policies import BUILT_IN

app = typer.Typer(add_completion=False, rich_markup_mode=None)

DEMO_ROUTE = 'test:8'
EXPERT = 'expert'
OBSERVATIONS = '/simlingo/observation'
BAG_WAIT_S = 20.0
RECORDER_NODE = '/recorder'


@app.command()
def demo(
    policy: Annotated[
        str,
        typer.Option(help=f'{", ".join((*COMMITTED, *BUILT_IN, EXPERT))}, or a model folder.'),
    ] = 'mini',
    route: Annotated[str, typer.Option(help='Route set and id.')] = DEMO_ROUTE,
    seed: Annotated[int, typer.Option(min=0, help='Of traffic, situations and looks.')] = 0,
    instruction: Annotated[
        str,
        typer.Option(help='Given once on the way; empty: none. The expert ignores instructions.'),
    ] = 'Slow down.',
    out: Annotated[
        Path, typer.Option(help='Where results go; only files of an earlier demo are replaced.')
    ] = Path('out/demo'),
    lockstep: Annotated[bool, typer.Option(help='Let the world wait for commands.')] = False,
    page: Annotated[
        bool, typer.Option('--page', help='Serve the live page; its address is in the log.')
    ] = False,
    page_port: Annotated[
        int, typer.Option(min=0, max=65535, help='Port of the live page; 0: any free one.')
    ] = 8080,
) -> None:
    """Drive a route of the held-out town over ROS 2 in real time; exit code 0: arrived."""
    graph, arguments = graph_of(policy)
    out = out.resolve()
    arguments |= {'route': route, 'seed': str(seed), 'folder': str(out)}
    arguments |= {'lockstep': str(lockstep).lower(), 'waits_for': RECORDER_NODE}
    arguments |= {'page': str(page).lower(), 'page_port': str(page_port)}
    arguments |= {'ends_when_done': 'true'}
    if 'observe' in arguments:
        arguments |= {'instruction': instruction, 'result_path': str(out / RESULT_FILE)}
    nodes = resolve(find_graph(graph), arguments)
    check_routes(nodes)
    clear(out)
    prepare_environment()
    with recording(out, () if lockstep else GIVE_WAY):
        code = supervise(nodes)
    if code:
        raise typer.Exit(code)
    summary = summarise(out)
    for name, value in table(summary):
        print(f'{name:20}{value}')
    for name in (VIDEO_FILE, REPORT_FILE, BAG_FILE, SUMMARY_FILE):
        print(f'{name:20}{out / name}')
    raise typer.Exit(0 if summary['arrived'] else 1)


def graph_of(policy: str) -> tuple[str, dict[str, str]]:
    """Return the graph that a policy drives in, and its arguments.

    Raises:
        ConfigError: there is no policy and no folder of this name.
        CheckpointError: the model is not part of this installation.
    """
    if policy == EXPERT:
        return 'expert_drive', {}
    if policy not in BUILT_IN:
        choice = find_model(policy)
        if choice is None:
            names = ', '.join((EXPERT, *BUILT_IN, *COMMITTED))
            raise ConfigError(f'policy is {policy!r}; expected {names} or a model folder')
        if not choice.is_blind:
            policy = str(choice.folder.resolve())
    return 'stack', {
        'policy': policy,
        'observe': 'true',
        # The recorder listens to everything: an overlay of each plan would double the bag.
        'display': 'false',
        'top_view_period_ticks': '4',
        # Every third tick: a plan is never older than 300 ms, and the bag grows 1 MB a second.
        'rate_limit_hz': '7.0',
    }


def table(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is printed at the end: names and values."""
    rows = [
        (name, f'{value:.2f}' if isinstance(value, float) else str(value))
        for name, value in summary.items()
        if isinstance(value, bool | int | float)
    ]
    for name in ('plan_age_ms', 'plan_latency_ms'):
        spread = summary[name]
        if spread['median'] is not None:
            rows.append((name, f'median {spread["median"]:.0f}, p99 {spread["p99"]:.0f}'))
    for given in summary['instructions']:
        rows.append((f'"{given["text"]}"', f'{given["outcome"]}: {given["measured"]}'))
    return rows


@contextmanager
def recording(folder: Path, prefix: Sequence[str]) -> Iterator[None]:
    """Record all topics but raw images into ``episode.mcap`` while the block runs.

    Args:
        folder: where the bag goes.
        prefix: what stands before the recorder's command.

    Raises:
        BackendError: the recorder ends, or has not begun after ``BAG_WAIT_S``.
    """
    bag = folder / BAG_FOLDER
    command = [*prefix, sys.executable, '-m', 'simlingo_bringup', 'record', str(bag)]
    # Nine tenths of a bag are images; with two a second four minutes stay below 100 MB.
    command += ['--at-most', f'{OBSERVATIONS}=2.0']
    # A group of its own: Ctrl-C is the supervisor's business, this process is ended below.  No
    # session of its own: Linux shares the processor among sessions first, whatever their niceness.
    process = subprocess.Popen(command, process_group=0, env=node_environment())
    try:
        _wait_for_bag(bag, process)
        yield
    finally:
        end_process(process, BAG_WAIT_S)
    for path in bag.glob('*.mcap'):
        path.replace(folder / BAG_FILE)
    shutil.rmtree(bag, ignore_errors=True)


def _wait_for_bag(bag: Path, recorder: subprocess.Popen[bytes]) -> None:
    """Return once the recorder has opened its bag, so that the first metres are in it."""
    end_s = time.monotonic() + BAG_WAIT_S
    while not bag.is_dir():
        if recorder.poll() is not None or time.monotonic() > end_s:
            raise BackendError(f'nothing is recorded into {bag}; its messages stand above')
        time.sleep(0.05)
