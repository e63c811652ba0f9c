# SPDX-License-Identifier: Apache-2.0
"""Asks a model about many frames: in this process, or by workers that load it once each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

from simlingo_core.errors import ConfigError
from simlingo_evaluation.jobs.mapping import map_numbered
from simlingo_model.model_names import find_model
from simlingo_training.language.items import LanguageItem
from simlingo_training.language.speaker import Speaker, Spoken

if TYPE_CHECKING:
    from simlingo_training.language.run import LanguageRun

ITEMS_AT_ONCE = 8
"""Items of a job: neighbours are often about one image, which is then encoded once."""


@dataclass(frozen=True, kw_only=True)
class SpeakerChoice:
    """A model, and how it is run, for ``Speaker.load``."""

    model: str
    tokenizer_folder: Path | None
    device: str
    engine: str


@dataclass(frozen=True, kw_only=True)
class AskJob:
    """Some items for one model."""

    speaker: SpeakerChoice
    items: tuple[LanguageItem, ...]


def ask_all(
    run: LanguageRun, items: Sequence[LanguageItem], speaker: Speaker, console: Console
) -> list[Spoken]:
    """Return what a model says to each item, in their order.

    Args:
        run: its model, and who asks it.
        items: what it is asked.
        speaker: the model in this process, for one worker here.
        console: for the progress bar.

    Raises:
        BackendError: workers keep dying, or there is no such cluster.
        ConfigError: a node does not see the data.
    """
    if run.workers.is_local and (run.workers.count or 1) == 1:
        return [speaker.ask(item) for item in track(items, 'asking', console=console)]
    choice = SpeakerChoice(
        model=run.model,
        tokenizer_folder=run.tokenizer_folder,
        device=run.device,
        engine=run.engine,
    )
    jobs = [
        AskJob(speaker=choice, items=tuple(items[first : first + ITEMS_AT_ONCE]))
        for first in range(0, len(items), ITEMS_AT_ONCE)
    ]
    paths = (items[0].folder.results, *filter(None, [run.tokenizer_folder]))
    answers = map_numbered(ask_some, jobs, run.workers, needs=paths, models=(run.model,))
    found = dict(track(answers, 'asking', total=len(jobs), console=console))
    return [spoken for number in sorted(found) for spoken in found[number]]


def ask_some(job: AskJob) -> list[Spoken]:
    """Ask the items of a job in this process."""
    speaker = process_speaker(job.speaker)
    return [speaker.ask(item) for item in job.items]


@cache
def process_speaker(choice: SpeakerChoice) -> Speaker:
    """Return this process's model; loaded once, computing on one thread.

    Raises:
        ConfigError: there is no such model.
    """
    import torch

    # Workers share the processors among themselves, and sums of floats depend on the threads.
    torch.set_num_threads(1)
    found = find_model(choice.model)
    if found is None:
        raise ConfigError(f'there is no model {choice.model!r} on this machine')
    return Speaker.load(
        found,
        tokenizer_folder=choice.tokenizer_folder,
        device=choice.device,
        engine=choice.engine,
    )
