# SPDX-License-Identifier: Apache-2.0
"""Measure policies in closed loop: routes x seeds x policies, scores, failures with images."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from simlingo_core.files import write_atomically
from simlingo_core.schedule import Schedule
from simlingo_evaluation.jobs.options import Cluster, GpuShare, WorkerCount
from simlingo_evaluation.jobs.workers import LOCAL, Workers
from simlingo_evaluation.seeds import parse_seeds

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)

EXIT_CRASHED = 1

Policies = Annotated[
    list[str] | None,
    typer.Option(
        '--policy',
        help='mini, expert, expert_policy, route_follower, route, straight, a model folder, or '
        'blind= and one of the models; may be repeated.',
    ),
]
RouteSets = Annotated[
    list[str] | None,
    typer.Option('--routes', help='Route set (train, test) or an XML file; may be repeated.'),
]
RouteIds = Annotated[
    list[str] | None,
    typer.Option('--route', help='Only the routes with these ids; may be repeated.'),
]
Seeds = Annotated[str, typer.Option(help='Such as 0,1,2 or 0-2.')]
Situation = Annotated[str, typer.Option(help='Stage this on every route instead.')]
Faults = Annotated[
    str,
    typer.Option(
        '--camera-faults',
        help='Faults of the front camera: dirt, drops, glare, noise, exposure, frozen, late, '
        'dropped; several separated by commas.',
    ),
]
WeatherName = Annotated[
    str,
    typer.Option(
        '--weather', help='A weather preset of CARLA on every route; default: as the route has it.'
    ),
]
Protocol = Annotated[
    str, typer.Option(help='leaderboard_2_0, leaderboard_2_1, bench2drive or simlingo_upstream.')
]
Out = Annotated[
    Path | None, typer.Option(help='Run folder; an old one is resumed. Default: out/eval/...')
]
JsonPath = Annotated[Path | None, typer.Option('--json', help='Write the numbers here as well.')]
PlanPeriod = Annotated[int, typer.Option(min=1, help='Ticks from plan to plan.')]
PlanLatency = Annotated[int, typer.Option(min=0, help='Ticks until a plan counts.')]
Strips = Annotated[bool, typer.Option(help='Draw images of failures.')]
Bags = Annotated[
    bool,
    typer.Option('--bags', help='Record every episode as a bag, into bags/ of the run folder.'),
]
RetryCrashed = Annotated[
    bool,
    typer.Option(
        '--retry-crashed', help='Drive episodes again whose agent or simulation crashed.'
    ),
]
InstructionText = Annotated[
    str, typer.Option('--instruction', help='Give this instruction to policies in every episode.')
]
InstructionTime = Annotated[
    float,
    typer.Option('--instruction-at', min=0.0, help='Simulation time at which it is given [s].'),
]
Comments = Annotated[
    bool,
    typer.Option(
        '--says-and-does',
        help='Have models comment on every plan, and count where the two contradict.',
    ),
]
Instructions = Annotated[
    bool,
    typer.Option(
        '--instructions',
        help='Instead of scores: instruct policies to slow down, stop and change lanes, and count '
        'how often they follow.',
    ),
]


World = Annotated[
    str,
    typer.Option(help='embedded, or a CARLA server: carla, carla://HOST:PORT?vehicles=40.'),
]

CarlaHost = Annotated[str, typer.Option(help='Machine of the CARLA server, with --world carla.')]
CarlaPort = Annotated[
    int, typer.Option(min=0, max=65535, help='Its port; 0: 2000.', show_default=False)
]


@app.command()
def evaluate(
    policies: Policies = None,
    route_sets: RouteSets = None,
    route_ids: RouteIds = None,
    seeds: Seeds = '0',
    situation: Situation = '',
    weather: WeatherName = '',
    camera_faults: Faults = '',
    protocol: Protocol = 'bench2drive',
    workers: WorkerCount = None,
    cluster: Cluster = LOCAL,
    gpus: GpuShare = 0.0,
    out: Out = None,
    json_path: JsonPath = None,
    plan_period: PlanPeriod = 4,
    plan_latency: PlanLatency = 2,
    strips: Strips = True,
    bags: Bags = False,
    retry_crashed: RetryCrashed = False,
    instruction: InstructionText = '',
    instruction_at: InstructionTime = 8.0,
    instructions: Instructions = False,
    says_and_does: Comments = False,
    world: World = 'embedded',
    carla_host: CarlaHost = '',
    carla_port: CarlaPort = 0,
) -> None:
    """Drive routes with policies and report scores, infractions and failures.

    Exit code 1: an episode crashed, so that the numbers are not complete.
    """
    # Here and not at the top: --help shall be quick.
    from simlingo_evaluation.campaign import Campaign, routes_of
    from simlingo_evaluation.campaign_run import run_instructions, run_scores
    from simlingo_evaluation.summary import has_crashes
    from simlingo_sim.town.route_files import with_weather
    from simlingo_sim.worlds import with_server

    campaign = Campaign(
        policies=tuple(policies or (['mini'] if instructions else ['expert', 'route_follower'])),
        routes=tuple(
            with_weather(route, weather)
            for route in routes_of(route_sets or ['test'], route_ids or [])
        ),
        seeds=parse_seeds(seeds),
        situation=situation,
        camera_faults=camera_faults,
        protocol=protocol,
        schedule=Schedule(plan_period, plan_latency),
        workers=Workers.of(workers, cluster, gpus, local_count=1),
        folder=out or _new_folder(),
        has_strips=strips,
        has_bags=bags,
        instruction=instruction,
        instruction_s=instruction_at if instruction else 0.0,
        comments=says_and_does,
        world=with_server(world, carla_host, carla_port),
    )
    run = run_instructions if instructions else run_scores
    summary = run(campaign, retry_crashed=retry_crashed)
    if json_path is not None:
        write_atomically(json_path, json.dumps(summary, indent=1))
    if has_crashes(summary):
        raise typer.Exit(EXIT_CRASHED)


def _new_folder() -> Path:
    return Path('out') / 'eval' / datetime.now(UTC).strftime('%Y%m%d_%H%M%S')
