# SPDX-License-Identifier: Apache-2.0
"""A random checkpoint of the released size drives a plan on a CPU within 8 GB."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

DATA = Path(__file__).resolve().parents[1] / 'data'
MEMORY_LIMIT_MB = 8000

# In a process of its own: the peak of its memory is what is measured.
DRIVE = """
import resource
import sys
from pathlib import Path
import numpy as np, torch
from simlingo_core.images import encode_jpeg
from simlingo_core.geometry import Pose3
from simlingo_core.types import Observation
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.policy_config import Order, PolicyConfig

torch.set_num_threads(2)
policy = SimLingoPolicy.load(
    Path(sys.argv[1]), PolicyConfig(order=Order.ACTION_ONLY), tokenizer_folder=Path(sys.argv[2])
)
assert policy.network.dtype == torch.bfloat16
image = np.random.default_rng(0).integers(0, 256, (512, 1024, 3), dtype=np.uint8)
plan = policy.plan(Observation(
    t_s=0.0, image_jpeg=encode_jpeg(image, 'rgb8'), pose_map=Pose3.identity(), speed_mps=3.0,
    target_points_base_m=np.array([[10.0, 0.0], [20.0, 0.0]])))
assert np.isfinite(plan.path_base_m).all()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_random_release_drives(tmp_path):
    from simlingo_model.presets import stand_in_tokenizer

    table = json.loads(gzip.decompress((DATA / 'keys_full.json.gz').read_bytes()))
    generator = torch.Generator().manual_seed(0)
    weights: dict[str, torch.Tensor] = {}
    for key, shape, shared_with, _ in table['rows']:
        if shared_with is not None:
            weights[key] = weights[shared_with]
            continue
        weights[key] = torch.empty(shape).normal_(std=0.02, generator=generator)
        if 'norm' in key and key.endswith('.weight'):
            weights[key] += 1.0
    file = tmp_path / 'simlingo' / 'checkpoints' / 'epoch=013.ckpt' / 'pytorch_model.pt'
    file.parent.mkdir(parents=True)
    torch.save(weights, file)
    weights.clear()
    stand_in_tokenizer().save(tmp_path)
    result = subprocess.run(
        [sys.executable, '-c', DRIVE, str(file), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    peak_mb = int(result.stdout.split()[-1])
    print(f'peak of memory: {peak_mb} MB')
    assert peak_mb < MEMORY_LIMIT_MB
