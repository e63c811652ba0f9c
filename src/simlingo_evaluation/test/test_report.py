# SPDX-License-Identifier: Apache-2.0
import av
import numpy as np
import pytest

from simlingo_core.errors import ConfigError, ContractError
from simlingo_core.overlay import PinholeCamera, draw_points, text_panel
from simlingo_evaluation.report import Curve, EpisodeReport, write_report
from simlingo_evaluation.video import VideoWriter


def test_video_is_h264_yuv420p_with_its_index_first(tmp_path):
    path = tmp_path / 'new' / 'drive.mp4'
    with VideoWriter(path, 64, 32, rate_hz=20) as video:
        for level in range(10):
            video.write(np.full((32, 64, 3), 20 * level, np.uint8))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        assert stream.codec_context.name == 'h264'
        assert stream.codec_context.pix_fmt == 'yuv420p'
    assert len(frames) == 10
    assert frames[9].to_ndarray(format='rgb24').mean() == pytest.approx(180, abs=4)
    data = path.read_bytes()
    assert data.index(b'moov') < data.index(b'mdat')


def test_images_are_shown_at_their_times(tmp_path):
    path = tmp_path / 'drive.mp4'
    with VideoWriter(path, 64, 32, rate_hz=10) as video:
        for t_s in (0.0, 0.1, 1.0, 1.01, 2.0):
            video.write(np.zeros((32, 64, 3), np.uint8), t_s)
    with av.open(str(path)) as container:
        times_s = [float(frame.time) for frame in container.decode(video=0)]
    assert times_s == pytest.approx([0.0, 0.1, 1.0, 1.1, 2.0])


def test_video_refuses_odd_sizes_and_wrong_images(tmp_path):
    with pytest.raises(ConfigError, match='63x32'):
        VideoWriter(tmp_path / 'a.mp4', 63, 32)
    with (
        VideoWriter(tmp_path / 'b.mp4', 64, 32) as video,
        pytest.raises(ContractError, match=r'\(32, 32, 3\)'),
    ):
        video.write(np.zeros((32, 32, 3), np.uint8))


def test_projection_matches_the_training_camera():
    pixels = PinholeCamera().project([[8.5, 0.0], [8.5, 2.0], [-5.0, 0.0]])
    focal_px = 358.506
    assert pixels[0] == pytest.approx([512.0, 256.0 + focal_px * 0.2], abs=0.01)
    assert pixels[1][0] == pytest.approx(512.0 - focal_px * 0.2, abs=0.01)
    assert np.isnan(pixels[2]).all()


def test_points_are_drawn_where_they_project():
    image = np.zeros((512, 1024, 3), np.uint8)
    draw_points(image, [[8.5, 0.0], [-5.0, 0.0]], (255, 0, 0), 3)
    assert image[328, 512].tolist() == [255, 0, 0]
    assert np.argwhere(image.any(axis=2)).std(axis=0).max() < 5


def test_panel_shows_text():
    assert text_panel(200, 60, ['speed 5.0 m/s']).max() > 200


def test_report_holds_numbers_events_and_curves(tmp_path):
    path = tmp_path / 'report.html'
    write_report(
        EpisodeReport(
            title='A <drive>',
            arrived=True,
            verdict='Arrived.',
            numbers=[('driving score', 93.5)],
            panels={'speed [m/s]': [Curve(label='speed', t_s=[0, 1], values=[0, 2])]},
            events=[(1.25, 'stopped for the red light')],
            video='drive.mp4',
        ),
        path,
    )
    page = path.read_text()
    assert 'A &lt;drive&gt;' in page
    assert '93.5' in page
    assert 'stopped for the red light' in page
    assert 'src="drive.mp4"' in page
    assert 'data:image/png;base64,iVBOR' in page
