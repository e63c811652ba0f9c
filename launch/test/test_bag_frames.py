# SPDX-License-Identifier: Apache-2.0
"""A recording becomes training frames whose labels are what was driven."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from simlingo_bringup.bag_frames import write_frames
from simlingo_bringup.commands.bag import app
from simlingo_core.errors import ConfigError
from simlingo_core.images import jpeg_size
from simlingo_evaluation.replay.drive_log import read_drive
from simlingo_evaluation.replay.sources import find_sources
from simlingo_ros.bag_cut import cut_bag
from simlingo_ros.bag_reader import BagReader
from simlingo_training.data_check import check_episode
from simlingo_training.episode_frames import EpisodeFrames
from simlingo_training.episode_results import reason_to_leave_out
from simlingo_training.episodes import find_episodes
from simlingo_training.samples import read_samples

CLIP = Path(__file__).parents[2] / 'tests' / 'integration' / 'replay' / 'light_and_turn'


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp('data')
    clip = root / 'clip'
    cut_bag(CLIP, clip, start_s=32.9, end_s=36.9)
    return clip, root / 'set', write_frames(clip, root / 'set')


def test_every_image_with_a_future_becomes_a_frame_that_training_reads(written):
    _, root, report = written
    episodes = find_episodes(root)
    assert report.frames == len(report.episodes) == len(episodes) > 3
    assert report.skipped > 0
    for folder in episodes:
        assert check_episode(folder) == []
        assert reason_to_leave_out(folder) == ''
        samples, problems = read_samples(EpisodeFrames(folder))
        assert (len(samples), problems) == (1, [])
        assert samples[0].commentary == 'Follow the route.'
        assert jpeg_size(samples[0].image_path.read_bytes()) == (1024, 512)


def test_labels_are_what_was_driven(written):
    clip, root, _ = written
    with BagReader(clip) as bag:
        sources = find_sources(bag, {})
        driven = read_drive(bag, sources).driven
        stamps_s = sorted(
            bag.deserialize(topic, data).header.stamp.sec
            + bag.deserialize(topic, data).header.stamp.nanosec / 1e9
            for topic, _, data in bag.messages([sources.camera])
        )
    for t_s, folder in zip(stamps_s, find_episodes(root), strict=False):
        frames = EpisodeFrames(folder)
        labels, pose = frames.labels(0), driven.pose_at(t_s)
        future = driven.future_base_m(t_s, pose)
        assert labels.speed_waypoints_base_m == pytest.approx(future, abs=0.01)
        ahead = driven.ahead_base_m(t_s, pose)
        known = np.isfinite(ahead).all(axis=1)
        off_m = np.linalg.norm(labels.path_base_m[known] - ahead[known], axis=1)
        assert off_m.max() < 0.3, 'the label begins at the car, the line 2.5 m ahead'
        assert frames.future(0)[0].target_points_base_m[0, 0] > 0.0


def test_test_towns_and_bags_without_a_future_are_refused(tmp_path):
    with pytest.raises(ConfigError, match='never trained on'):
        write_frames(CLIP, tmp_path / 'set', town='Town93')
    cut_bag(CLIP, tmp_path / 'short', start_s=33.0, end_s=34.0)
    with pytest.raises(ConfigError, match=r'none of the \d+ images'):
        write_frames(tmp_path / 'short', tmp_path / 'set')


def test_from_a_failure_to_frames_in_two_commands(tmp_path):
    clip, root = tmp_path / 'clip', tmp_path / 'set'
    cut = ['cut', str(CLIP), '--at', '34', '--before', '1', '--after', '3', '--out', str(clip)]
    result = CliRunner().invoke(app, cut)
    assert result.exit_code == 0, result.output
    assert f'in {clip}' in result.output
    result = CliRunner().invoke(app, ['to-dataset', str(clip), '--out', str(root)])
    assert result.exit_code == 0, result.output
    assert 'images have no 2.5 s of driving after them' in result.output
    assert find_episodes(root)
