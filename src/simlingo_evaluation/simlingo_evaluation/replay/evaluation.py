# SPDX-License-Identifier: Apache-2.0
"""One recording, one policy: run, score, judge, compare with the reference, report."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from simlingo_core.errors import ConfigError
from simlingo_core.files import write_atomically
from simlingo_core.protocols import Policy
from simlingo_evaluation.jobs.mapping import map_numbered
from simlingo_evaluation.jobs.workers import Workers
from simlingo_evaluation.replay.drive_log import DriveLog, read_drive
from simlingo_evaluation.replay.moment_images import draw_worst
from simlingo_evaluation.replay.recorded_policy import (
    RECORDED,
    RecordedPolicy,
    policy_for_replay,
)
from simlingo_evaluation.replay.reference import (
    TOLERANCE,
    Comparison,
    compare,
    read_reference,
    reference_rows,
    write_reference,
)
from simlingo_evaluation.replay.replay_report import ReplayReport, write_replay_report
from simlingo_evaluation.replay.scenario import NO_SCENARIO, Scenario
from simlingo_evaluation.replay.scores import ReplayScore, score_run
from simlingo_evaluation.replay.sources import Sources, find_sources
from simlingo_evaluation.replay.stack_run import RunSettings, run_stack
from simlingo_evaluation.replay.verdict import (
    RESULT_FILE,
    Judgement,
    judge,
    summary_of,
    write_result_lines,
)
from simlingo_ros.bag_reader import BagReader

SUMMARY_FILE, REPORT_FILE = 'summary.json', 'report.html'


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for, for all recordings.

    Attributes:
        policy: a name of ``make_policy``, or ``recorded``.
        settings: of the stack.
        scenario: to judge by.
        topics: chosen by the user, by part.
        out: folder of the results; None: nothing is written.
        references: folder of the references; None: nothing is compared.
        updates_references: write the references instead of comparing.
        ignored: patterns of fields that are not compared.
        tolerance: of the comparison.
        worst_count: how many of the worst moments to draw.
    """

    policy: str = 'mini'
    settings: RunSettings = field(default_factory=RunSettings)
    scenario: Scenario = NO_SCENARIO
    topics: Mapping[str, str] = field(default_factory=dict)
    out: Path | None = None
    references: Path | None = None
    updates_references: bool = False
    ignored: tuple[str, ...] = ()
    tolerance: float = TOLERANCE
    worst_count: int = 5


@dataclass(frozen=True, kw_only=True)
class BagJob:
    """One recording to evaluate."""

    bag: Path
    request: Request

    def in_folder(self, folder: Path) -> BagJob:
        """Return the same evaluation, written to another folder."""
        return replace(self, request=replace(self.request, out=folder))


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What came of one recording.

    Attributes:
        bag: of the recording.
        score: of the run.
        judgements: by the scenario.
        comparison: with the reference; None: not compared.
        summary: all numbers, as JSON types.
        folder: of the results; None: nothing was written.
    """

    bag: Path
    score: ReplayScore
    judgements: tuple[Judgement, ...]
    comparison: Comparison | None
    summary: Mapping[str, Any]
    folder: Path | None

    @property
    def is_passed(self) -> bool:
        """Whether all criteria are met and nothing differs from the reference."""
        is_met, _ = summary_of(self.judgements)
        return is_met and (self.comparison is None or self.comparison.is_equal)


def evaluate_bags(
    bags: Sequence[Path], request: Request, workers: Workers | int = 1
) -> Iterator[tuple[int, Evaluation]]:
    """Yield the evaluations of recordings as they come, each with the number of its recording.

    Args:
        bags: of the recordings.
        request: what is asked for; its folder of results is given.
        workers: who does it, or how many processes; each loads the policy once.

    Raises:
        ConfigError: a bag cannot be read or lacks what is needed, or there is no reference.
        BackendError: workers keep dying, or there is no such cluster.
    """
    jobs = [BagJob(bag=bag, request=request) for bag in bags]
    needs = [*bags, *filter(None, [request.references])]
    models = () if request.policy == RECORDED else (request.policy,)
    for number, result in map_numbered(
        evaluate_job, jobs, workers, output=request.out, needs=needs, models=models
    ):
        # Workers may have written elsewhere; the files are here now.
        folder = result.folder and request.out and request.out / result.folder.name
        yield number, replace(result, folder=folder)


def evaluate_job(job: BagJob) -> Evaluation:
    """Evaluate one recording with this process's policy."""
    request = job.request
    name = request.policy
    policy = None if name == RECORDED else _process_policy(name, request.settings.comments)
    return evaluate_bag(job.bag, request, policy)


@cache
def _process_policy(name: str, comments: bool) -> Policy:
    return policy_for_replay(name, comments=comments)


def evaluate_bag(path: Path, request: Request, policy: Policy | None = None) -> Evaluation:
    """Evaluate one recording.

    Args:
        path: of the bag.
        request: what is asked for.
        policy: already loaded; None: loaded here.

    Raises:
        ConfigError: the bag cannot be read or lacks what is needed, or there is no reference.
    """
    name = bag_name(path)
    start_s, duration_s = request.scenario.window(name)
    settings = request.settings
    if not settings.start_s and settings.duration_s is None:
        settings = replace(settings, start_s=start_s, duration_s=duration_s)
    with BagReader(path) as bag:
        sources = find_sources(bag, request.topics)
        log, score = _drive_again(bag, path, sources, request.policy, policy, settings)
        judgements = tuple(judge(score, request.scenario))
        comparison = _compare(name, request, score)
        summary = _summary(name, request, sources, log, score, judgements, comparison, bag)
        folder = None
        if request.out is not None:
            folder = request.out / f'{name}__{request.policy.replace("/", "_")}'
            moments = draw_worst(bag, sources, log, score, folder, request.worst_count)
            report = ReplayReport(
                title=f'{name}, policy {request.policy}',
                judgements=judgements,
                comparison=comparison,
                summary=summary,
                moments=moments,
                score=score,
                log=log,
            )
            _write_results(report, request.scenario, folder)
    return Evaluation(
        bag=path,
        score=score,
        judgements=judgements,
        comparison=comparison,
        summary=summary,
        folder=folder,
    )


def _drive_again(
    bag: BagReader,
    path: Path,
    sources: Sources,
    name: str,
    policy: Policy | None,
    settings: RunSettings,
) -> tuple[DriveLog, ReplayScore]:
    """Run the stack on a recording; return what was driven and how the plans compare with it."""
    length_s = (bag.end_ns - bag.start_ns) / 1e9
    if 0.0 < length_s <= settings.start_s:
        raise ConfigError(
            f'start is {settings.start_s:g} s; expected less than {length_s:.1f}, as {path} is so '
            'long'
        )
    is_recorded = name == RECORDED
    if is_recorded and not sources.plans:
        raise ConfigError(f'{path} holds no plans (simlingo_msgs/msg/DrivingPlan) to be scored')
    log = read_drive(
        bag,
        sources,
        start_s=settings.start_s,
        duration_s=settings.duration_s,
        with_plans=is_recorded,
    )
    if is_recorded:
        policy = RecordedPolicy(log.plans)
    run = run_stack(
        bag,
        sources,
        log,
        policy or policy_for_replay(name, comments=settings.comments),
        settings,
        only_stamps=frozenset(log.plans) if is_recorded else None,
    )
    return log, score_run(run, log)


def _write_results(report: ReplayReport, scenario: Scenario, folder: Path) -> None:
    """Write result lines, numbers and the page."""
    write_result_lines(folder / RESULT_FILE, report.score, scenario, report.judgements)
    write_atomically(folder / SUMMARY_FILE, json.dumps(_plain(report.summary), indent=1))
    write_replay_report(report, folder / REPORT_FILE)


def bag_name(path: Path) -> str:
    """Return the name of a recording: of its folder, or of its file without the suffix."""
    path = path.resolve()
    return path.name if path.is_dir() else path.stem


def _compare(name: str, request: Request, score: ReplayScore) -> Comparison | None:
    if request.references is None:
        return None
    label = request.policy.replace('/', '_').strip('_')
    path = request.references / f'{name}__{label}.jsonl'
    rows = reference_rows(score.run)
    if request.updates_references:
        write_reference(path, rows, {'bag': name, 'policy': request.policy})
        return None
    _, reference = read_reference(path)
    return compare(reference, rows, tolerance=request.tolerance, ignored=request.ignored)


def _summary(
    name: str,
    request: Request,
    sources: Sources,
    log: DriveLog,
    score: ReplayScore,
    judgements: tuple[Judgement, ...],
    comparison: Comparison | None,
    bag: BagReader,
) -> dict[str, Any]:
    is_met, words = summary_of(judgements)
    driven, run = log.driven, score.run
    notes = [f'not in the recording: {", ".join(sources.missing)}'] * bool(sources.missing)
    if bag.recovered is not None:
        notes.append(f'the bag has no end; {bag.recovered} messages of it were read')
    if driven.backward_count:
        notes.append(f'the clock goes back {driven.backward_count} times; each part by itself')
    notes += [
        f'{count} messages of {topic} were refused: {reason}'
        for topic, (count, reason) in {**log.refused, **run.refused}.items()
    ]
    notes += [f'not judged: {text}' for text in request.scenario.ignored]
    return {
        'bag': name,
        'policy': request.policy,
        'scenario': request.scenario.name,
        'passed': is_met and (comparison is None or comparison.is_equal),
        'verdict': words,
        'reference': None if comparison is None else comparison.words,
        'driven_s': run.driven_s,
        'wall_s': run.wall_s,
        'times_real_time': run.driven_s / run.wall_s if run.wall_s else math.nan,
        **score.summary(),
        'notes': notes,
    }


def _plain(data: Any) -> Any:
    """Return JSON without NaN and infinity."""
    if isinstance(data, Mapping):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
