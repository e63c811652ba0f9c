# SPDX-License-Identifier: Apache-2.0
"""One process of a training run, for the test that starts two: ``DATA OUT REPORT``."""

import hashlib
import json
import os
import sys
from pathlib import Path

import torch

from simlingo_training import loop, run
from simlingo_training.batches import BatchMaker
from simlingo_training.overrides import with_overrides
from simlingo_training.recipes import mini

RECIPE = with_overrides(
    mini(),
    [
        'epochs=7',
        'batch_frames=4',
        'optim.warmup_steps=2',
        'optim.lr=3e-4',
        'bf16=False',
        'ask.second_question_share=0.6',
        'validation_frames=2',
        'log.every_steps=1',
        'model.vision.tile_px=112',
        'model.vision.layers=1',
        'model.decoder.layers=2',
    ],
)


def main(data: Path, out: Path) -> dict[str, object]:
    """Train and return what this process drew and learned."""
    torch.set_num_threads(1)
    drawn, loops = [], []

    class NotedMaker(BatchMaker):
        def _samples_of(self, pick, step, place):
            drawn.append(pick)
            return super()._samples_of(pick, step, place)

    class NotedLoop(loop.TrainingLoop):
        def run(self, stop_after=None):
            loops.append(self)
            return super().run(stop_after)

    run.BatchMaker, run.TrainingLoop = NotedMaker, NotedLoop
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
