# SPDX-License-Identifier: Apache-2.0
"""Recorded passes run without the host; between them there are only copies."""

import copy
from collections import deque

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves

from simlingo_model.config import internvl2_1b
from simlingo_model.network import SimLingoNetwork
from simlingo_model.passes import EagerPasses, GraphPasses, choose_passes
from simlingo_model.pool import TensorPool

# Operations that need a value on the host, a shape that depends on values, or data of the host.
WAITS = {'_local_scalar_dense', 'nonzero', 'masked_select', 'lift_fresh', 'item'}


class OnlyOneDevice(TorchDispatchMode):
    """Fails on operations that a CUDA graph cannot contain."""

    def __init__(self, device):
        super().__init__()
        self.device = torch.device(device)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        assert name not in WAITS, name
        if name in ('index', 'index_put', 'index_put_'):
            # An index of booleans gives a shape that depends on values.
            assert not any(i is not None and i.dtype is torch.bool for i in args[1]), name
        result = func(*args, **(kwargs or {}))
        tensors = [one for one in tree_leaves((args, kwargs, result)) if isinstance(one, Tensor)]
        assert {one.device for one in tensors} <= {self.device}, f'{name} from elsewhere'
        return result


def work_of(recorded):
    return [recorded._encode._work, recorded._steps._work, *(a._work for a in recorded._actions)]


def test_records_of_the_released_size_stay_on_their_device():
    """On the meta device, which has no memory and computes nothing."""
    with torch.device('meta'):
        full = SimLingoNetwork(internvl2_1b().with_lora(None), image_id=151648, target_id=151656)
    full = full.to(torch.bfloat16).eval()
    recorded = GraphPasses(full, shortest=580, longest=676, text_tokens=100)
    for work in work_of(recorded):
        with torch.inference_mode():
            work()
            with OnlyOneDevice('meta'):
                work()


def test_nothing_in_a_record_waits_for_a_value(network, recorded):
    for work in work_of(recorded):
        work()
        with torch.inference_mode(), OnlyOneDevice('cpu'):
            work()
    values = torch.ones(3)
    elsewhere = torch.ones(3, device='meta')
    for waits, name in (
        (lambda: torch.nonzero(values), 'nonzero'),
        (lambda: values[values > 0], 'index'),
        (lambda: float(values.sum()), '_local_scalar_dense'),
        (lambda: torch.tensor([1.0]), 'lift_fresh'),
        (lambda: elsewhere @ elsewhere, 'elsewhere'),
    ):
        with (
            torch.inference_mode(),
            pytest.raises(AssertionError, match=name),
            OnlyOneDevice('cpu'),
        ):
            waits()


class HiddenRecorder:
    """Hides recorded work from dispatch modes, as a CUDA graph does."""

    def record(self, work):
        def run():
            with _disable_current_modes():
                work()

        return run


class OnlyCopies(TorchDispatchMode):
    """Fails on operations that compute something or allocate a tensor."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert func.is_view or func is torch.ops.aten.copy_.default, func
        return func(*args, **(kwargs or {}))


def test_between_recorded_passes_are_only_copies(network, make_recorded, sequences):
    recorded = make_recorded(HiddenRecorder())
    eager = EagerPasses(network)
    frames = deque(maxlen=4)
    for text_tokens in (10, 11, 40, 60, 25, 30, 12, 10, 10):
        tiles, targets, prompt = (
            sequences.tiles(),
            sequences.targets(),
            sequences.prompt(text_tokens),
        )
        expected, _ = eager.act(eager.encode(tiles), targets, prompt, (7,))
        with OnlyCopies():
            points, sequence = recorded.act(recorded.encode(tiles), targets, prompt, (7,))
        torch.testing.assert_close(points, expected, atol=1e-5, rtol=1e-5)
        frames.append((points, sequence))
    with pytest.raises(AssertionError, match='add'), OnlyCopies():
        points + 1


def test_a_pool_reuses_tensors_of_collected_owners():
    pool = TensorPool((2, 3), device=torch.device('cpu'), dtype=torch.float32, ready=2)
    zero, one, two, three = (torch.full((2, 3), float(value)) for value in range(4))
    first, second, third = (pool.copy_of(value) for value in (zero, one, two))
    places = {first.data_ptr(), second.data_ptr(), third.data_ptr()}
    assert len(places) == 3, 'a third was made when all were in use'
    place = second.data_ptr()
    del second
    fourth = pool.copy_of(three)
    assert fourth.data_ptr() == place
    for copy_of_it, value in ((first, zero), (third, two), (fourth, three)):
        assert torch.equal(copy_of_it, value)
    del first, third, fourth, copy_of_it
    owners = [type('Owner', (), {})() for _ in range(3)]
    assert {pool.acquire_for(owner).data_ptr() for owner in owners} == places


@pytest.mark.gpu
def test_on_a_gpu_only_recorded_passes_run(mini_parts, sequences):
    network = copy.deepcopy(mini_parts[0]).eval().to('cuda')
    passes = choose_passes(network, mini_parts[1])
    assert isinstance(passes, GraphPasses)
    tiles, targets = sequences.tiles(), sequences.targets()
    prompt = sequences.prompt(12)
    frames = deque(maxlen=4)
    for _ in range(8):
        frames.append(passes.act(passes.encode(tiles), targets, prompt, ()))
    allocated = torch.cuda.memory_stats()['allocation.all.allocated']
    torch.cuda.set_sync_debug_mode('error')
    try:
        for _ in range(8):
            frames.append(passes.act(passes.encode(tiles), targets, prompt, ()))
    finally:
        torch.cuda.set_sync_debug_mode('default')
    assert torch.cuda.memory_stats()['allocation.all.allocated'] == allocated
    points, sequence = frames[-1]
    eager = EagerPasses(network)
    expected, cached = eager.act(eager.encode(tiles), targets, prompt, ())
    torch.testing.assert_close(points, expected, atol=1e-3, rtol=1e-3)
    capacity = len(prompt) + 20
    texts = [list(one.fork((*prompt, 5), capacity).generate(-1, 8)) for one in (cached, sequence)]
    assert texts[0] == texts[1]
