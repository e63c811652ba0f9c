# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from simlingo_core.errors import BackendError
from simlingo_model import precision
from simlingo_model.precision import choose_device, choose_dtype, choose_threads

CPU, GPU = torch.device('cpu'), torch.device('cuda')


@pytest.fixture(params=['file', 'folder'])
def model_path(request, tmp_path):
    file = tmp_path / 'model.safetensors'
    file.write_bytes(bytes(100))
    return file if request.param == 'file' else tmp_path


@pytest.mark.parametrize('device', [CPU, GPU])
def test_a_small_model_has_one_precision_wherever_it_runs(model_path, device):
    assert choose_dtype(device, model_path) is torch.float32


@pytest.mark.parametrize(
    ('device', 'has_bfloat16', 'expected'),
    [
        (CPU, False, torch.bfloat16),
        (GPU, True, torch.bfloat16),
        (GPU, False, torch.float16),
    ],
)
def test_a_large_model_takes_half(model_path, device, has_bfloat16, expected, monkeypatch):
    monkeypatch.setattr(precision, '_SMALL_MODEL_BYTES', 99)
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda: has_bfloat16)
    assert choose_dtype(device, model_path) is expected


def test_a_small_model_takes_one_thread(model_path, monkeypatch):
    monkeypatch.setattr(precision, '_ALL_THREADS', 7)
    assert choose_threads(model_path) == 1
    monkeypatch.setattr(precision, '_SMALL_MODEL_BYTES', 99)
    assert choose_threads(model_path) == 7


def test_a_gpu_that_is_asked_for_must_be_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    assert choose_device('auto') == CPU
    with pytest.raises(BackendError, match=r"'cuda:1'.*\"cpu\" or \"auto\""):
        choose_device('cuda:1')
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    assert choose_device('auto') == GPU
