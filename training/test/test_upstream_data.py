# SPDX-License-Identifier: Apache-2.0
"""Files in upstream's layout: results of the leaderboard and dreams of every mode."""

import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from simlingo_core.wordings import ManoeuvreKind
from simlingo_model.presets import build_mini
from simlingo_training.batches import BatchMaker
from simlingo_training.commands import data as command
from simlingo_training.data_check import check_episode
from simlingo_training.dream_files import read_dreams
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episodes import find_episodes
from simlingo_training.gz_json import read_gz, write_gz
from simlingo_training.label import label_episode
from simlingo_training.overrides import with_overrides
from simlingo_training.recipes import mini
from simlingo_training.sample_store import image_paths
from simlingo_training.samples import read_samples
from simlingo_training.synthetic_upstream import KINDS
from simlingo_training.tile_store import TileStore
from simlingo_training.training_data import choose_episodes

POINTS = [[k + 1.0, 0.5] for k in range(20)]


@pytest.fixture
def folder(data_set, tmp_path):
    return find_episodes(shutil.copytree(data_set, tmp_path / 'data_set'))[0]


def upstream_results(status='Perfect', composed=100.0, route=100.0, **messages):
    """Return the route record of the leaderboard."""
    return {
        'index': 0,
        'route_id': 'RouteScenario_0_rep0',
        'status': status,
        'num_infractions': sum(len(found) for found in messages.values()),
        'infractions': {kind: messages.get(kind, []) for kind in KINDS},
        'scores': {'score_route': route, 'score_penalty': 1.0, 'score_composed': composed},
        'meta': {'route_length': 190.6, 'duration_game': 31.2, 'duration_system': 240.1},
    }


def option(mode, *, waypoints=None, route=None, instruction=None, is_safe=True):
    """Return one option of upstream's dreamer."""
    return {
        'waypoints': POINTS[:10] if waypoints is None else waypoints,
        'route': POINTS if route is None else route,
        'rgb_path': 'data/simlingo/rgb/0000.jpg',
        'allowed': mode != 'route',
        'mode': mode,
        'info': {'mode': mode},
        'route_reasoning': 'The predicted route follows the expert route.',
        'dreamer_instruction': instruction or [f'Do {mode}.'],
        'instructions_templates': ['Do it.'],
        'templates_placeholders': [{}],
        'dreamer_answer_safety': 'Following the given instruction. Waypoints:',
        'safe_to_execute': is_safe,
    }


DREAMS = {
    'target_speed': [option('target_speed')],
    'stop': [option('stop', route='org')],
    'faster_factor': [option('faster_factor')],
    'faster': [option('faster', route='org', is_safe=False)],
    'slower_factor': [option('slower_factor')],
    'slower': [option('slower')],
    'crash': [option('crash', is_safe=False), option('crash', is_safe=False)],
    'lane_change': [option('lane_change', instruction=['One.', 'Two.', 'Three.'])],
    'route': [option('route', waypoints='org', instruction='Drive on.', is_safe=False)],
}


@pytest.mark.parametrize(
    ('results', 'reason'),
    [
        (upstream_results(), None),
        (upstream_results('Completed', 70.0, 95.0, min_speed_infractions=['slow']), None),
        (upstream_results('Completed', 90.0, outside_route_lanes=['out']), None),
        (
            upstream_results('Completed', 60.0, collisions_vehicle=['hit'], red_light=['ran']),
            'infractions: collisions_vehicle, red_light',
        ),
        (
            upstream_results(
                'Completed', 70.0, min_speed_infractions=['a'], stop_infraction=['b']
            ),
            'infractions: stop_infraction',
        ),
        (
            upstream_results('Failed - Agent crashed', 0.0, 0.0),
            'status: Failed - Agent crashed',
        ),
        (upstream_results('Started', 0.0, 0.0), 'status: Started'),
        (
            upstream_results('Completed', 94.0, 94.0),
            'route not completed (status: Completed)',
        ),
    ],
)
def test_upstreams_episodes_are_chosen_by_the_rule_of_its_loader(folder, results, reason):
    write_gz(folder.results, results)
    choice = choose_episodes([folder])
    assert choice.good == ([] if reason else [folder])
    assert choice.left_out == ({reason: 1} if reason else {})
    assert not choice.problems


@pytest.mark.parametrize('score', [None, 'full', float('nan')])
def test_a_score_that_is_no_number_is_named(folder, score):
    write_gz(folder.results, upstream_results(composed=score))
    (problem,) = choose_episodes([folder]).problems
    assert (problem.path, problem.field) == (folder.results, 'scores.score_composed')


@pytest.mark.parametrize(('kinds', 'is_kept'), [([], True), (['red_light'], False)])
def test_our_own_results_are_lists_of_kinds(folder, kinds, is_kept):
    write_gz(folder.results, {'infractions': kinds})
    assert choose_episodes([folder]).good == ([folder] if is_kept else [])


def test_upstreams_dreams_of_every_mode_are_read(folder):
    write_gz(folder.dreams(3), DREAMS)
    expert = EpisodeFrames(folder).labels(3)
    dreams = read_dreams(folder.dreams(3), expert)
    assert [d.mode for d in dreams] == [mode for mode, found in DREAMS.items() for _ in found]
    by_mode = {d.mode: d for d in dreams}
    assert by_mode['stop'].labels.path_base_m is expert.path_base_m
    assert by_mode['route'].labels.speed_waypoints_base_m is expert.speed_waypoints_base_m
    # Y points left here and right in the file.
    np.testing.assert_allclose(by_mode['crash'].labels.path_base_m[0], [1.0, -0.5])
    assert by_mode['route'].texts == ('Drive on.',)
    assert by_mode['lane_change'].texts == ('One.', 'Two.', 'Three.')
    assert by_mode['slower'].kind is ManoeuvreKind.SLOWER
    assert by_mode['lane_change'].kind is None
    assert {mode for mode, d in by_mode.items() if not d.is_safe} == {'faster', 'crash', 'route'}
    left_out = {mode for mode, d in by_mode.items() if not d.is_trained_on}
    assert left_out == {'faster_factor', 'slower_factor'}
    assert check_episode(folder) == []
    samples, problems = read_samples(EpisodeFrames(folder))
    assert len(samples[3].dreams) == len(dreams)
    assert not problems


@pytest.mark.parametrize(
    ('broken', 'field'),
    [
        (option('stop', route='original'), 'route'),
        (option('stop', instruction=['']), 'dreamer_instruction'),
        ({'mode': 'stop'}, 'waypoints'),
    ],
)
def test_a_dream_that_is_not_whole_is_named(folder, broken, field):
    write_gz(folder.dreams(3), {'stop': [broken]})
    (problem,) = check_episode(folder)
    assert (problem.path, problem.field) == (folder.dreams(3), f'stop.0.{field}')


def test_labels_of_upstream_are_not_written_over(folder):
    """Upstream labels no frame before the tenth, so that the others lack theirs."""
    write_gz(folder.dreams(3), DREAMS)
    write_gz(folder.commentary(3), {'commentary': 'Follow the route.'})
    folder.dreams(2).unlink()
    label_episode(EpisodeFrames(folder))
    assert read_gz(folder.dreams(3)) == DREAMS
    assert read_gz(folder.commentary(3)) == {'commentary': 'Follow the route.'}
    assert folder.dreams(2).is_file()


def test_counts_of_a_data_set(folder):
    for path in folder.root.glob('dreamer/**/*.json.gz'):
        path.unlink()
    write_gz(folder.dreams(3), DREAMS)
    folder.dreams(4).write_bytes(b'')
    write_gz(folder.results, upstream_results('Failed - Agent crashed', 0.0, 0.0))
    result = CliRunner().invoke(command.app, ['stats', str(folder.root), '--workers', '1'])
    assert result.exit_code == 0
    rows = [[cell.strip() for cell in line.split('│')[1:-1]] for line in result.stdout.split('\n')]
    assert [row for row in rows if row] == [
        ['dreams', 'crash', '2'],
        ['dreams', 'faster', '1'],
        ['dreams', 'faster_factor', '1'],
        ['dreams', 'files that cannot be read', '1'],
        ['dreams', 'lane_change', '1'],
        ['dreams', 'route', '1'],
        ['dreams', 'slower', '1'],
        ['dreams', 'slower_factor', '1'],
        ['dreams', 'stop', '1'],
        ['dreams', 'target_speed', '1'],
        ['episodes', 'good', '1'],
        ['episodes', 'left out, status: Failed - Agent crashed', '1'],
        ['episodes by schema', "none: upstream's", '2'],
        ['frames', 'all', '44'],
        ['frames', 'with commentary', '24'],
        ['frames', 'with dreams', '2'],
    ]


def test_factor_modes_are_not_drawn(folder):
    write_gz(folder.dreams(0), {mode: DREAMS[mode] for mode in ('faster_factor', 'crash')})
    samples, _ = read_samples(EpisodeFrames(folder))
    processor = build_mini(0)[1]
    store = TileStore.build(folder.root / 'cache', image_paths(samples[:1]), processor)
    recipe = with_overrides(
        mini(),
        [
            'batch_frames=8',
            'mix.start_share=0.0',
            'ask.second_question_share=1.0',
            'ask.dream_share=1.0',
        ],
    )
    batch = BatchMaker(samples[:1], store, processor, recipe).batch(0)
    texts = [processor.encoder.tokenizer.decode(ids).lower() for ids in batch.ids.tolist()]
    assert sum('do crash.' in text for text in texts) == recipe.batch_frames
    assert not any('factor' in text for text in texts)
