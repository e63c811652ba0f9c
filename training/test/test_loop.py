# SPDX-License-Identifier: Apache-2.0
import csv
import json

import numpy as np
import pytest
import torch

from simlingo_core.errors import ConfigError
from simlingo_core.geometry import Pose3
from simlingo_core.types import Observation
from simlingo_model import prompts
from simlingo_model.checkpoint import load_model
from simlingo_model.config import mini as mini_config
from simlingo_model.model_card import TrainedIn
from simlingo_model.policy import SimLingoPolicy
from simlingo_model.presets import build_mini
from simlingo_training.batches import BatchMaker
from simlingo_training.buckets import Bucket
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.epoch_report import tasks_of
from simlingo_training.gz_json import read_gz
from simlingo_training.label import is_labelled, label_all
from simlingo_training.loop import TrainingLoop, make_accelerator
from simlingo_training.overrides import with_overrides
from simlingo_training.recipes import find_recipe, mini
from simlingo_training.run import RunOptions, train
from simlingo_training.run_folder import RunFolder
from simlingo_training.sample_store import image_paths
from simlingo_training.samples import read_samples
from simlingo_training.schedule import learning_rate_share
from simlingo_training.tile_store import TileStore
from simlingo_training.validation import draw_sheet, errors, predict
from simlingo_training.weight_average import FILE, make_average


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def samples(episodes):
    return [s for folder in episodes for s in read_samples(EpisodeFrames(folder))[0]]


@pytest.fixture
def store(tmp_path, samples):
    _, processor = build_mini(0)
    return TileStore.build(tmp_path / 'cache', image_paths(samples), processor)


RECIPE = with_overrides(
    mini(), ['epochs=2', 'batch_frames=4', 'optim.warmup_steps=2', 'bf16=False']
)


def make_loop(folder, samples, store, recipe=RECIPE):
    network, processor = build_mini(recipe.seed)
    maker = BatchMaker(samples, store, processor, recipe)
    return TrainingLoop(network, maker, recipe, RunFolder(path=folder), make_accelerator(recipe))


def weights(loop):
    return {name: value.clone() for name, value in loop.network.state_dict().items()}


def test_samples_hold_what_was_recorded(samples):
    assert len(samples) == 2 * (22 - 10)
    sample = samples[0]
    assert sample.bucket is Bucket.CRUISE
    assert sample.commentary == 'Follow the route. Maintain your current speed.'
    assert {d.kind.value for d in sample.dreams if d.is_trained_on} == {
        'faster',
        'slower',
        'stop',
        'target_speed',
    }
    assert sample.plain.speed_waypoints_base_m[0] == pytest.approx([1.5, 0.0])
    assert sample.shifted.path_base_m[-1, 1] < -0.5


def test_labelling_again_changes_nothing(episodes, data_set):
    first = episodes[0]
    before = first.dreams(5).read_bytes()
    assert all(is_labelled(folder) for folder in episodes)
    assert label_all(data_set).frames == 0
    first.dreams(11).unlink()
    assert label_all(data_set).frames == 12
    assert first.dreams(5).read_bytes() == before
    assert read_gz(first.dreams(5))['stop'][0]['dreamer_instruction'][0]


def test_store_is_built_once_and_resumes(tmp_path, samples, store):
    again = TileStore.build(tmp_path / 'cache', image_paths(samples), build_mini(0)[1])
    assert len(again) == 2 * len(samples)
    np.testing.assert_array_equal(again[3], store[3])
    assert not list((tmp_path / 'cache').glob('*.partial'))
    with pytest.raises(ConfigError, match='collect'):
        TileStore.build(tmp_path, [], build_mini(0)[1])


def test_batches_depend_on_the_step_alone(samples, store):
    maker = BatchMaker(samples, store, build_mini(0)[1], RECIPE)
    later = list(maker.batches(3, 5))[1]
    again = maker.batch(4)
    assert torch.equal(later.ids, again.ids)
    assert torch.equal(later.tiles, again.tiles)
    assert not torch.equal(maker.batch(5).tiles, again.tiles)


def test_a_frame_that_is_drawn_twice_has_an_image_for_each_camera(samples, store):
    recipe = with_overrides(
        RECIPE, ['mix.shifted_share=0.5', 'mix.brightness=0.0', 'mix.start_share=0.0']
    )
    maker = BatchMaker(samples[:1], store, build_mini(0)[1], recipe)
    for step in range(8):
        batch = maker.batch(step)
        assert len(batch.tiles) == recipe.batch_frames
        for image, path in zip(batch.image_index, batch.path_m, strict=True):
            is_shifted = bool(path[-1, 1].abs() > 0.1)
            assert (batch.tiles[image].numpy() == store[int(is_shifted)]).all()


def test_a_share_of_free_frames_is_shown_as_if_the_car_stood(samples, store):
    processor = build_mini(0)[1]
    texts = {}
    for share in (0.0, 1.0):
        recipe = with_overrides(
            RECIPE, [f'mix.start_share={share}', f'mix.go_start_share={share}']
        )
        batch = BatchMaker(samples, store, processor, recipe).batch(0)
        texts[share] = [processor.encoder.tokenizer.decode(ids) for ids in batch.ids.tolist()]
        moves_m = batch.speed_waypoints_m[:, 0].norm(dim=-1)
        assert (moves_m < 0.3).all() == bool(share)
    standing = f'Current speed: {prompts.speed_text(0.0)} m/s'
    assert all(standing in text for text in texts[1.0])
    assert not any(standing in text for text in texts[0.0])


def test_a_blind_model_sees_one_image(samples, store):
    batch = BatchMaker(samples, store, build_mini(0)[1], RECIPE, is_blind=True).batch(0)
    assert (batch.tiles == batch.tiles[0]).all()


def test_training_stopped_and_resumed_gives_the_same_weights(tmp_path, samples, store):
    straight = make_loop(tmp_path / 'straight', samples, store)
    total = straight.run()
    assert total == straight.total_steps
    halves = tmp_path / 'halves'
    assert make_loop(halves, samples, store).run(stop_after=3) == 3
    resumed = make_loop(halves, samples, store)
    assert resumed.run() == total
    expected, got = weights(straight), weights(resumed)
    assert all(torch.equal(expected[name], got[name]) for name in expected)
    start = build_mini(RECIPE.seed)[0].state_dict()
    assert any(not torch.equal(start[name].cpu(), got[name]) for name in got)


@pytest.mark.slow
@pytest.mark.filterwarnings('ignore')  # the compiler warns of its own code
def test_fused_layers_train_the_same_network(tmp_path, samples, store):
    plain = make_loop(tmp_path / 'plain', samples, store)
    fused_recipe = with_overrides(RECIPE, ['is_compiled=True'])
    fused = make_loop(tmp_path / 'fused', samples, store, fused_recipe)
    for loop in (plain, fused):
        loop.run(stop_after=1)
    expected, got = (read_losses(tmp_path / name) for name in ('plain', 'fused'))
    assert got == pytest.approx(expected, rel=1e-4)


def read_losses(folder):
    with RunFolder(path=folder).curve.open() as file:
        return [float(value) for row in list(csv.reader(file))[1:] for value in row[2:6]]


def test_a_few_frames_are_learned_by_heart(tmp_path, samples, store):
    recipe = with_overrides(
        RECIPE,
        [
            'epochs=1',
            'mix.shifted_share=0.0',
            'ask.second_question_share=0.0',
            'mix.brightness=0.0',
            'optim.warmup_steps=5',
        ],
    )
    loop = make_loop(tmp_path / 'run', samples[:4], store, recipe)
    loop.total_steps = 40
    loop.run()
    rows = list(csv.DictReader((tmp_path / 'run' / 'losses.csv').read_text().splitlines()))
    first, last = (float(rows[i]['path']) + float(rows[i]['speed']) for i in (0, -1))
    assert last < 0.5 * first


def test_validation_reports_errors_and_draws(tmp_path, samples):
    network, processor = build_mini(0, mini_config())
    plans = predict(network, processor, samples[:3])
    table = errors(samples[:3], plans)
    assert table['all']['frames'] == 3
    assert 0.0 < table['all']['speed_m'] < 20.0
    shown = tmp_path / 'sheet.jpg'
    draw_sheet(shown, samples[:3], plans, ['a', 'b', 'c'])
    assert shown.stat().st_size > 10_000


def test_the_card_says_what_the_recipe_trains():
    only_commentary = with_overrides(RECIPE, ['ask.dream_share=0.0'])
    assert tasks_of(RECIPE) == TrainedIn()
    assert tasks_of(only_commentary) == TrainedIn(instructions=())
    only_driving = with_overrides(RECIPE, ['ask.second_question_share=0.0'])
    assert tasks_of(only_driving) == TrainedIn(commentary=False, instructions=())


def test_a_whole_run_ends_in_a_model_that_drives(tmp_path, data_set, episodes):
    recipe = with_overrides(RECIPE, ['epochs=1', 'validation_frames=4', 'optim.ema_decay=0.5'])
    checkpoint = train(recipe, data_set, tmp_path / 'run', RunOptions(validation_seed=1))
    model = load_model(checkpoint)
    average = torch.load(tmp_path / 'run' / 'state' / FILE, weights_only=True)
    torch.testing.assert_close(
        model.network.action.path_queries.detach(), average['module.action.path_queries']
    )
    assert 'training towns' in model.card.trained_on
    assert model.card.trained_in == TrainedIn()
    observation = Observation(
        t_s=0.0,
        image_jpeg=episodes[0].image(0).read_bytes(),
        pose_map=Pose3.identity(),
        speed_mps=0.0,
        target_points_base_m=[[10.0, 0.0], [20.0, 0.0]],
    )
    policy = SimLingoPolicy(model.network, model.processor)
    assert np.isfinite(policy.plan(observation).path_base_m).all()
    assert (tmp_path / 'run' / 'epoch_001.jpg').stat().st_size > 10_000
    rows = (tmp_path / 'run' / 'validation.jsonl').read_text().splitlines()
    assert json.loads(rows[0])['all']['frames'] > 0


@pytest.mark.parametrize('is_blind', [False, True])
def test_the_auxiliary_head_is_trained_beside_a_model_that_sees(tmp_path, data_set, is_blind):
    settings = ['epochs=1', 'validation_frames=4', 'loss.scene_weight=0.5', 'log.every_steps=1']
    options = RunOptions(validation_seed=1, is_blind=is_blind)
    checkpoint = train(with_overrides(RECIPE, settings), data_set, tmp_path / 'run', options)
    rows = list(csv.DictReader((tmp_path / 'run' / 'losses.csv').read_text().splitlines()))
    assert ('scene' in rows[0]) is not is_blind
    if not is_blind:
        assert float(rows[-1]['scene']) < float(rows[0]['scene'])
    assert (
        load_model(checkpoint).network.state_dict().keys() == build_mini(0)[0].state_dict().keys()
    )


def test_a_run_needs_held_out_episodes(tmp_path, data_set):
    with pytest.raises(ConfigError, match='of seed 77'):
        train(RECIPE, data_set, tmp_path / 'run', RunOptions(validation_seed=77))


def test_rate_rises_then_falls():
    shares = [learning_rate_share(step, 100, 10) for step in range(100)]
    assert shares[0] == pytest.approx(0.1)
    assert max(shares) == shares[9] == 1.0
    assert shares[-1] == pytest.approx(0.01, abs=0.001)


def test_unknown_recipe():
    with pytest.raises(ConfigError, match='mini'):
        find_recipe('maxi')


@pytest.mark.parametrize(
    ('on_cpu', 'on_gpu', 'expected'),
    [(False, False, 'no'), (True, False, 'bf16'), (False, True, 'bf16')],
)
def test_bfloat16_only_where_the_machine_multiplies_it(monkeypatch, on_cpu, on_gpu, expected):
    monkeypatch.setattr(torch.ops.mkldnn, '_is_mkldnn_bf16_supported', lambda: on_cpu)
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: on_gpu)
    monkeypatch.setattr('simlingo_training.loop.Accelerator', lambda **settings: settings)
    assert make_accelerator(mini())['mixed_precision'] == expected
    assert make_accelerator(RECIPE)['mixed_precision'] == 'no'


def test_a_loop_moves_and_saves_the_average(tmp_path, samples, store):
    network, processor = build_mini(RECIPE.seed)
    accelerator = make_accelerator(RECIPE)
    assert make_average(network, 0.0, accelerator) is None
    average = make_average(network, 0.5, accelerator)
    maker = BatchMaker(samples, store, processor, RECIPE)
    folder = RunFolder(path=tmp_path)
    TrainingLoop(network, maker, RECIPE, folder, accelerator, average=average).run(stop_after=2)
    content = torch.load(folder.state / FILE, weights_only=True)
    start = build_mini(RECIPE.seed)[0].action.path_queries
    averaged = content['module.action.path_queries']
    assert not torch.equal(averaged, network.action.path_queries)
    assert not torch.equal(averaged, start)
