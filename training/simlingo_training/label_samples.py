# SPDX-License-Identifier: Apache-2.0
"""A page of samples of every kind of label, to be read by a person."""

from __future__ import annotations

import base64
import html
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simlingo_core.errors import ContractError
from simlingo_core.files import write_atomically
from simlingo_core.images import decode_bgr, encode_preview
from simlingo_core.types import SPEED_WAYPOINTS
from simlingo_training.data_problems import DataError
from simlingo_training.dreaming.dreamer import Dreamer
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import EpisodeFolder, find_episodes
from simlingo_training.label import commentary_of, dreams_of, frame_rng, questions_of
from simlingo_training.text_labels.commentary import reworded
from simlingo_training.text_labels.question_graph import FAMILIES, reworded_question

IMAGE_WIDTH_PX, JPEG_QUALITY = 320, 70
STRIDE = 3
"""Frames between those that are looked at: neighbours are nearly the same."""
_STYLE = (
    'body{font:15px sans-serif;margin:2em}div{display:inline-block;width:330px;margin:6px;'
    'vertical-align:top}img{width:320px}p{margin:4px 0}small{color:#555}'
)


@dataclass(frozen=True, kw_only=True)
class LabelSample:
    """One label with its frame.

    Attributes:
        kind: ``commentary``, a family of questions, or ``dream`` and its mode.
        lines: what a reader judges; the first is the label as written, others are more wordings.
        folder, frame: where it is from.
    """

    kind: str
    lines: tuple[str, ...]
    folder: EpisodeFolder
    frame: int


def draw_samples(root: Path, count: int, seed: int) -> dict[str, list[LabelSample]]:
    """Return at most ``count`` samples of each kind, drawn over all episodes.

    The episodes take turns; texts that are the same are drawn once, as long as there are others.

    Raises:
        ConfigError: there are no episodes.
    """
    found: dict[str, list[LabelSample]] = defaultdict(list)
    for folder in find_episodes(root):
        for sample in _samples(EpisodeFrames(folder)):
            found[sample.kind].append(sample)
    rng = np.random.default_rng(seed)
    drawn = {}
    for kind, samples in sorted(found.items()):
        shuffled = _in_turn([samples[i] for i in rng.permutation(len(samples))])
        by_text: dict[str, LabelSample] = {}
        for sample in shuffled:
            by_text.setdefault(sample.lines[0], sample)
        others = [s for s in shuffled if by_text[s.lines[0]] is not s]
        drawn[kind] = [*by_text.values(), *others][:count]
    return drawn


def _in_turn(samples: Sequence[LabelSample]) -> list[LabelSample]:
    """Order samples so that the episodes take turns: one that stands for long fills no page."""
    count: Counter[EpisodeFolder] = Counter()
    places = []
    for sample in samples:
        places.append(count[sample.folder])
        count[sample.folder] += 1
    order = sorted(range(len(samples)), key=places.__getitem__)
    return [samples[i] for i in order]


def _samples(frames: EpisodeFrames) -> Iterator[LabelSample]:
    """Yield all labels of every third frame; frames that cannot be read are passed over."""
    for index in frames.usable[::STRIDE]:
        try:
            for step in range(SPEED_WAYPOINTS + 1):
                frames.scene(index + step)
        except DataError:
            continue
        for kind, lines in [
            ('commentary', _commentary(frames, index)),
            *_questions(frames, index),
            *_dreams(frames, index),
        ]:
            yield LabelSample(kind=kind, lines=lines, folder=frames.folder, frame=index)


def _commentary(frames: EpisodeFrames, index: int) -> tuple[str, ...]:
    record, rng = commentary_of(frames, index).as_dict(''), frame_rng(frames, index, 'samples')
    others = (reworded(record, rng), reworded(record, rng, is_held_out=True))
    sees = 'seen' if record['cause_object_visible_in_image'] else 'not seen'
    cause = record['cause_object_string']
    return (record['commentary'], *others, f'cause: {cause} ({sees})' if cause else 'no cause')


def _questions(frames: EpisodeFrames, index: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    content, rng = questions_of(frames, index), frame_rng(frames, index, 'samples')
    for family in FAMILIES:
        for entry in content['QA'][family]:
            question, answer = reworded_question(entry, rng)
            written = f'Q: {entry["Q"]} A: {entry["A"]}'
            yield f'question: {family}', (written, f'Q: {question} A: {answer}')


def _dreams(frames: EpisodeFrames, index: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    (options,) = dreams_of(frames, [index], Dreamer())
    for mode, entries in options.items():
        for entry in entries:
            texts = entry['dreamer_instruction']
            texts = [texts] if isinstance(texts, str) else texts
            info = entry['info']
            numbers = f'{info["current_speed"]:.1f} to {info["final_speed"]:.1f} m/s'
            lines = (*texts, entry['dreamer_answer_safety'], numbers)
            yield f'dream: {mode}', lines


def page_of(samples: dict[str, list[LabelSample]]) -> str:
    """Return a page with the samples and their images, whole in one file."""
    parts = [f'<!doctype html><meta charset="utf-8"><title>Labels</title><style>{_STYLE}</style>']
    for kind, found in samples.items():
        parts.append(f'<h2>{html.escape(kind)} ({len(found)})</h2>')
        parts += [_card(sample) for sample in found]
    return '\n'.join(parts)


def _card(sample: LabelSample) -> str:
    first, *others = [html.escape(line) for line in sample.lines]
    small = ''.join(f'<p><small>{line}</small></p>' for line in others)
    name = html.escape(f'{sample.folder.relative.name}, frame {sample.frame}')
    image = f'<img src="data:image/jpeg;base64,{_thumbnail(sample)}" alt="{name}" title="{name}">'
    return f'<div>{image}<p>{first}</p>{small}</div>'


def _thumbnail(sample: LabelSample) -> str:
    try:
        image = decode_bgr(sample.folder.image(sample.frame).read_bytes())
    except (OSError, ContractError):
        return ''
    small = encode_preview(image, 'bgr8', IMAGE_WIDTH_PX, JPEG_QUALITY)
    return base64.b64encode(small).decode()


def write_page(root: Path, path: Path, count: int, seed: int) -> dict[str, int]:
    """Write the page of samples; return how many there are of each kind."""
    samples = draw_samples(root, count, seed)
    write_atomically(path, page_of(samples))
    return {kind: len(found) for kind, found in samples.items()}
