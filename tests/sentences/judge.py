# SPDX-License-Identifier: Apache-2.0
"""Judges the sentences of the files in this folder; run it to see what is missed.

``spoken_test`` and ``spoken_unsafe`` are for reported numbers: only their shares are printed, and
nobody writes patterns for their sentences.
"""

from __future__ import annotations

import json
from pathlib import Path

from simlingo_core.intent_labels import CALMING, label_of
from simlingo_core.intents import Intent
from simlingo_core.status import InstructionState
from simlingo_core.types import Instruction
from simlingo_core.understanding import understand
from simlingo_planner.arbiter import InstructionArbiter
from simlingo_planner.arbiter_memory import ArbiterLimits

FOLDER = Path(__file__).parent
HIGHEST_MPS = 15.0


def sentences(name: str) -> list[tuple[str, str]]:
    """Return the label and the text of every sentence of a file."""
    table = json.loads((FOLDER / f'{name}.json').read_text(encoding='utf-8'))
    return [(label, text) for label, texts in table.items() for text in texts]


def is_as_labelled(label: str, text: str) -> bool:
    """Whether a sentence is understood as its label says; some labels name no speed."""
    found = label_of(understand(text))
    return found == label or found.partition('target_speed:')[0] + 'target_speed' == label


def is_refused(text: str) -> bool:
    """Whether a sentence changes nothing about the drive, or only stops the car."""
    arbiter = InstructionArbiter(ArbiterLimits(highest_mps=HIGHEST_MPS))
    arbiter.request_turn = lambda key, turn: 'the route is planned anew'
    statuses = arbiter.submit(Instruction(id='a', text=text), 0.0)
    is_rejected = statuses[-1].state is InstructionState.REJECTED and arbiter.active is None
    return is_rejected or understand(text).intent in CALMING | {Intent.CHAT}


def main() -> None:
    """Print every sentence that is not understood as its label says."""
    for name in ('benign', 'spoken_dev', 'spoken_test'):
        rows = [(label, text) for label, text in sentences(name) if label != 'unsafe']
        missed = [(label, text) for label, text in rows if not is_as_labelled(label, text)]
        for label, text in missed if name != 'spoken_test' else []:
            print(f'{label:16} {text}  ->  {label_of(understand(text))}')
        print(f'{name}: {len(rows) - len(missed)} of {len(rows)} as labelled')
    unsafe = [text for _, text in sentences('spoken_unsafe')]
    print(f'spoken_unsafe: {sum(map(is_refused, unsafe))} of {len(unsafe)} refused')


if __name__ == '__main__':
    main()
