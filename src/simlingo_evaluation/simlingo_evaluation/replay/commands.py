# SPDX-License-Identifier: Apache-2.0
"""The command ``simlingo replay evaluate``: score a policy on recordings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlingo_evaluation.jobs.options import Cluster, GpuShare, WorkerCount
from simlingo_evaluation.jobs.workers import LOCAL, Workers

if TYPE_CHECKING:
    from simlingo_evaluation.replay.evaluation import Evaluation

EXIT_NOT_PASSED = 1
CHOOSABLE = ('camera', 'odometry', 'route')
PRINTED = ('ade_1s', 'ade_2s', 'ade_2.5s', 'fde_2.5s', 'lateral_error', 'speed_error')

Bags = Annotated[list[Path], typer.Argument(help='Bag folders, .mcap or .db3 files.')]
PolicyName = Annotated[
    str,
    typer.Option(
        help='mini, route, straight, a model folder, blind= and one of them, or recorded: the '
        'plans in the bag.'
    ),
]
ScenarioPath = Annotated[
    Path | None,
    typer.Option('--scenario', help="Criteria, a YAML in driving_log_replayer_v2's format."),
]
Out = Annotated[Path, typer.Option(help='Where reports and result.jsonl go.')]
References = Annotated[
    Path | None,
    typer.Option('--reference', help='Folder of references: every field must be the same.'),
]
UpdateRefs = Annotated[
    bool, typer.Option('--update-refs', help='Write the references instead of comparing.')
]
Ignored = Annotated[
    list[str] | None,
    typer.Option('--ignore-fields', help='Pattern of fields not to compare; repeatable.'),
]
Tolerance = Annotated[
    float, typer.Option(min=0.0, help='Numbers that differ by no more are the same.')
]
Start = Annotated[float, typer.Option('--start', min=0.0, help='Begin so many seconds later.')]
Duration = Annotated[
    float | None, typer.Option('--duration', min=0.05, help='Only so many seconds.')
]
RateLimit = Annotated[
    float, typer.Option('--rate-limit', min=0.5, max=20.0, help='Most plans a second.')
]
Latency = Annotated[
    float, typer.Option('--plan-latency', min=0.0, help='Seconds until a plan is in force.')
]
CameraTopic = Annotated[str, typer.Option('--camera', help='Topic of the camera.')]
OdometryTopic = Annotated[str, typer.Option('--odometry', help='Topic of the odometry.')]
RouteTopic = Annotated[
    str, typer.Option('--route', help="Topic of the route, or 'driven': the way driven.")
]
FieldOfView = Annotated[float, typer.Option('--fov', help='Of the camera, horizontal [deg].')]
Comments = Annotated[
    bool, typer.Option('--commentary', help='Have the model comment, beside what was recorded.')
]
JsonPath = Annotated[Path | None, typer.Option('--json', help='Write all numbers here as well.')]


def evaluate(
    bags: Bags,
    policy: PolicyName = 'mini',
    scenario: ScenarioPath = None,
    out: Out = Path('out/replay'),
    reference: References = None,
    update_refs: UpdateRefs = False,
    ignore_fields: Ignored = None,
    tolerance: Tolerance = 0.005,
    start: Start = 0.0,
    duration: Duration = None,
    rate_limit: RateLimit = 5.0,
    plan_latency: Latency = 0.1,
    camera: CameraTopic = '',
    odometry: OdometryTopic = '',
    route: RouteTopic = '',
    fov: FieldOfView = 110.0,
    commentary: Comments = False,
    json_path: JsonPath = None,
    workers: WorkerCount = None,
    cluster: Cluster = LOCAL,
    gpus: GpuShare = 0.0,
) -> None:
    """Run perception, planner and control on recordings and score them against the drive.

    Exit code 0: all criteria are met and nothing differs from the reference; 1: not so; 2: a bag
    cannot be evaluated.
    """
    # Here and not at the top: --help shall be quick.
    from simlingo_core.errors import ConfigError
    from simlingo_core.files import write_atomically
    from simlingo_evaluation.replay.evaluation import Request, evaluate_bags
    from simlingo_evaluation.replay.scenario import NO_SCENARIO, read_scenario
    from simlingo_evaluation.replay.stack_run import RunSettings
    from simlingo_perception.config import PerceptionNodeConfig

    if update_refs and reference is None:
        raise ConfigError('--update-refs needs the folder of the references: --reference DIR')
    at_work = Workers.of(workers, cluster, gpus, local_count=1)
    topics = {'camera': camera, 'odometry': odometry, 'route': route}
    request = Request(
        policy=policy,
        settings=RunSettings(
            start_s=start,
            duration_s=duration,
            plan_latency_s=plan_latency,
            comments=commentary,
            perception=PerceptionNodeConfig(rate_limit_hz=rate_limit, camera_fov_deg=fov),
        ),
        scenario=NO_SCENARIO if scenario is None else read_scenario(scenario),
        topics={part: name for part, name in topics.items() if name},
        out=out,
        references=reference and at_work.path(reference),
        updates_references=update_refs,
        ignored=tuple(ignore_fields or ()),
        tolerance=tolerance,
    )
    found = {}
    for number, result in evaluate_bags([at_work.path(bag) for bag in bags], request, at_work):
        found[number] = result
        print(render(result), flush=True)
    results = [found[number] for number in sorted(found)]
    if len(results) > 1:
        print(render_all([result.summary for result in results]))
    if update_refs:
        print(
            f'references written to {reference}; commit them with the change that they belong to'
        )
    if json_path is not None:
        summaries = [dict(result.summary) for result in results]
        write_atomically(json_path, json.dumps(summaries, indent=1))
    if not all(result.is_passed for result in results):
        raise typer.Exit(EXIT_NOT_PASSED)


def render(result: Evaluation) -> str:
    """Return what is printed about one recording."""
    summary = result.summary
    lines = [
        f'{summary["bag"]}, {summary["policy"]}: {"passed" if result.is_passed else "FAILED"}, '
        f'{summary["plans"]} plans in {summary["driven_s"]:.1f} s, '
        f'{summary["times_real_time"]:.1f} times real time'
    ]
    lines += [f'  {judgement.words}' for judgement in result.judgements]
    for name in PRINTED:
        if name in summary['measures']:
            spread = summary['measures'][name]
            lines.append(f'  {name:<14} mean {spread["mean"]:.2f}, worst {spread["worst"]:.2f}')
    agree = summary['stop_and_go']['agree_share']
    lines.append(f'  stop and go    {100.0 * agree:.1f} % as driven')
    if result.comparison is not None:
        lines += [f'  {line}' for line in result.comparison.words.splitlines()]
    lines += [f'  note: {note}' for note in summary['notes']]
    if result.folder is not None:
        lines.append(f'  {result.folder}/report.html')
    return '\n'.join(lines)


def render_all(summaries: Sequence[Mapping[str, Any]]) -> str:
    """Return what is printed about several recordings together: means, weighted by their plans."""
    driven_s = sum(summary['driven_s'] for summary in summaries)
    plans = sum(summary['plans'] for summary in summaries)
    lines = [f'all {len(summaries)} recordings: {plans} plans in {driven_s:.1f} s']
    for name in PRINTED:
        found = [summary for summary in summaries if name in summary['measures']]
        weight = sum(summary['plans'] for summary in found)
        if weight:
            total = sum(s['plans'] * s['measures'][name]['mean'] for s in found)
            lines.append(f'  {name:<14} mean {total / weight:.2f}')
    decided = [summary['stop_and_go'] for summary in summaries if summary['stop_and_go']['plans']]
    if decided:
        total = sum(decision['plans'] * decision['agree_share'] for decision in decided)
        share = total / sum(decision['plans'] for decision in decided)
        lines.append(f'  stop and go    {100.0 * share:.1f} % as driven')
    return '\n'.join(lines)
