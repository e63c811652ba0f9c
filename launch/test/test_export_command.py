# SPDX-License-Identifier: Apache-2.0
"""The command that exports models, and the frames that set the scales of 8-bit graphs."""

import json
from dataclasses import replace

import numpy as np
import pytest
import typer.testing

from simlingo_bringup.calibration_frames import render_frames, spread
from simlingo_bringup.commands.export import app, table
from simlingo_core.errors import BackendError, CheckpointError, ConfigError
from simlingo_core.geometry import Pose3
from simlingo_core.images import decode_bgr
from simlingo_core.types import Observation
from simlingo_model.engines import export
from simlingo_model.engines.manifest import EngineManifest

RUN = typer.testing.CliRunner().invoke


def frames(count, t_s=0.0):
    one = Observation(
        t_s=0.0,
        image_jpeg=b'',
        pose_map=Pose3.identity(),
        speed_mps=0.0,
        target_points_base_m=np.ones((2, 2)),
    )
    return [replace(one, t_s=t_s + number) for number in range(count)]


def test_frames_come_from_all_over_every_route():
    routes = [frames(10), frames(4, 100.0), []]
    picked = [one.t_s for one in spread(routes, 6)]
    assert picked == [0.0, 100.0, 5.0, 102.0]
    assert len(spread(routes, 3)) == 2
    assert len(spread([frames(10), frames(10)], 5)) == 5


def test_rendered_frames_are_camera_images_of_several_places():
    found = render_frames(4, ('train:0', 'train2:0'), episode_ticks=24)
    assert len(found) == 4
    assert {decode_bgr(one.image_jpeg).shape for one in found} == {(512, 1024, 3)}
    assert len({one.image_jpeg for one in found}) == 4
    poses = np.array([one.pose_map.translation_m for one in found])
    assert np.ptp(poses, axis=0).max() > 50.0


def test_the_command_exports_model_folders_only(tmp_path):
    assert isinstance(RUN(app, ['no_such_model']).exception, ConfigError)
    (tmp_path / 'weights.pt').write_bytes(b'')
    assert isinstance(RUN(app, [str(tmp_path)]).exception, ConfigError)


def test_the_tables_are_printed_and_written(tmp_path, monkeypatch):
    written = {
        'float32': EngineManifest(weights='1', files={'step.onnx': 5}, errors={'step/a': 2e-6}),
        'int8': EngineManifest(weights='1', precision='int8', agreement={'path_ade_m': 0.0123}),
    }
    calls = []

    def stand_in(source, folder, given):
        calls.append((folder, len(given)))
        return written

    monkeypatch.setattr(export, 'export_model', stand_in)
    done = RUN(app, ['mini', '--out', str(tmp_path), '--json', str(tmp_path / 'a' / 'table.json')])
    assert done.exception is None
    assert calls == [(tmp_path, 0)]
    for words in ('step/a', 'at most 2.0e-06', 'path_ade_m', '0.0123', table(written)):
        assert words in done.output
    content = json.loads((tmp_path / 'a' / 'table.json').read_text())
    assert content['float32']['errors'] == {'step/a': 2e-6}
    assert content['int8']['agreement'] == {'path_ade_m': 0.0123}


def test_tensorrt_is_built_of_an_export_in_a_known_precision(tmp_path):
    def build(precision):
        return RUN(app, [str(tmp_path), '--build-tensorrt', precision]).exception

    assert isinstance(build('fp8'), ConfigError)
    assert isinstance(build('int8'), CheckpointError)
    (tmp_path / 'onnx').mkdir()
    EngineManifest(weights='1').write(tmp_path / 'onnx')
    with pytest.raises(BackendError, match=r'tensorrt is not installed|finds no GPU'):
        raise build('float32')
