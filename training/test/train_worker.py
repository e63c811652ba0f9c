# SPDX-License-Identifier: Apache-2.0
"""One process of a training run, for the test that starts two: ``DATA OUT REPORT``."""

import dataclasses
import hashlib
import json
import os
import sys
from pathlib import Path

import torch

from simlingo_training import loop, run
from simlingo_training.batches import BatchMaker
from simlingo_training.recipe import mini

RECIPE = dataclasses.replace(
    mini(),
    epochs=1,
    batch_frames=4,
    warmup_steps=2,
    bf16=False,
    second_question_share=0.0,
    validation_frames=2,
)


def main(data: Path, out: Path) -> dict[str, object]:
    """Train and return what this process drew and learned."""
    torch.set_num_threads(1)
    drawn, loops = [], []

    class NotedMaker(BatchMaker):
        def _questions(self, pick, place, rng):
            drawn.append(pick)
            return super()._questions(pick, place, rng)

    class NotedLoop(loop.TrainingLoop):
        def run(self, stop_after=None):
            loops.append(self)
            return super().run(stop_after)

    run.BatchMaker, run.TrainingLoop, loop.LOG_EVERY = NotedMaker, NotedLoop, 1
    run.train(RECIPE, data, out, run.RunOptions(validation_seed=1))
    digest = hashlib.sha256()
    for value in loops[0].network.state_dict().values():
        digest.update(value.numpy().tobytes())
    maker = loops[0]._maker
    frames = [pick for step in range(loops[0].total_steps) for pick in maker.frames(step)]
    return {'drawn': drawn, 'frames': frames, 'weights': digest.hexdigest()}


if __name__ == '__main__':
    report = main(Path(sys.argv[1]), Path(sys.argv[2]))
    Path(f'{sys.argv[3]}{os.environ["RANK"]}').write_text(json.dumps(report))
