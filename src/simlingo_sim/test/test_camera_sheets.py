# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from simlingo_core.errors import ConfigError, WorldError
from simlingo_sim.tools.commands import app
from simlingo_sim.tools.sheets import CAPTION_PX, GAP_PX, add_magnifier, make_sheet, save_sheet
from simlingo_sim.tools.staging import staged_moments
from simlingo_sim.town.loading import load_town, town_names


def rendered(blue: int, green: int, red: int) -> np.ndarray:
    image = np.zeros((20, 40, 4), np.uint8)
    image[...] = (blue, green, red, 255)
    return image


def test_sheet_lays_images_out_row_by_row_in_true_colors():
    images = [('a', rendered(255, 0, 0)), ('b', rendered(0, 255, 0)), ('c', rendered(0, 0, 255))]
    sheet = np.asarray(make_sheet(images, columns=2, tile_width_px=40))
    assert sheet.shape == (2 * (20 + CAPTION_PX + GAP_PX) + GAP_PX, 2 * (40 + GAP_PX) + GAP_PX, 3)
    below = GAP_PX + 10 + 20 + CAPTION_PX + GAP_PX
    assert tuple(sheet[GAP_PX + 10, GAP_PX + 20]) == (0, 0, 255)
    assert tuple(sheet[GAP_PX + 10, GAP_PX + 20 + 40 + GAP_PX]) == (0, 255, 0)
    assert tuple(sheet[below, GAP_PX + 20]) == (255, 0, 0)


def test_magnifier_shows_the_middle_enlarged_and_leaves_the_rest():
    image = np.zeros((100, 200, 4), np.uint8)
    image[50, 100] = (0, 0, 255, 255)
    large = add_magnifier(image, zoom=3)
    red = np.argwhere(large[..., 2] * (large[..., 0] == 0))
    corner = red[(red[:, 0] < 54) & (red[:, 1] < 84)]
    np.testing.assert_array_equal(corner.min(axis=0), [33, 42])
    assert len(corner) == 9
    assert (large[50, 100] == image[50, 100]).all()


def test_empty_sheet_is_refused():
    with pytest.raises(ConfigError, match='0 images'):
        make_sheet([], columns=2, tile_width_px=40)


def test_saved_sheet_keeps_to_its_size(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (200, 400, 4), np.uint8)
    sheet = make_sheet([('noise', noise)], columns=1, tile_width_px=400)
    best = save_sheet(sheet, tmp_path / 'a.jpg', largest_bytes=200_000)
    less = save_sheet(sheet, tmp_path / 'b.jpg', largest_bytes=50_000)
    assert less < best
    assert (tmp_path / 'b.jpg').stat().st_size <= 50_000
    with pytest.raises(ConfigError, match='exceeds'):
        save_sheet(sheet, tmp_path / 'c.jpg', largest_bytes=1_000)


@pytest.mark.parametrize('name', town_names())
def test_moments_show_what_a_town_has(name):
    town = load_town(name)
    captions = [m.caption for m in staged_moments(town, np.random.default_rng(0))]
    assert any('red light' in text for text in captions) == bool(town.traffic_lights)
    assert any('stop sign' in text for text in captions) == bool(town.stop_signs)
    assert any('pedestrians' in text for text in captions)


def test_command_writes_a_sheet_of_a_town(tmp_path):
    path = tmp_path / 'sheets' / 'town.jpg'
    arguments = ['render', 'Town92', '--quality', 'plain', '--width', '128']
    arguments += ['--tile-width', '128', '--out', str(path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    with Image.open(path) as sheet:
        assert sheet.format == 'JPEG'
        assert sheet.width == 2 * (128 + GAP_PX) + GAP_PX


def test_command_writes_a_sheet_of_a_situation(tmp_path):
    path = tmp_path / 'stop.jpg'
    arguments = ['render', '--situation', 'stop_sign', '--quality', 'plain', '--width', '64']
    arguments += ['--tile-width', '64', '--out', str(path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert '8 images' in result.output
    with Image.open(path) as sheet:
        assert sheet.format == 'JPEG'


@pytest.mark.parametrize(
    ('arguments', 'kind', 'words'),
    [
        (['Town99'], WorldError, 'Town99'),
        (['Town91', '--quality', 'nice'], ConfigError, 'nice'),
        ([], ConfigError, 'name a town, such as Town93, or --situation NAME'),
        (['Town91', '--situation', 'red_light'], ConfigError, 'either'),
        (['--situation', 'flying_cow'], WorldError, 'flying_cow'),
        (['Town91', '--width', '5'], ConfigError, 'width_px'),
    ],
)
def test_command_refuses_bad_options(arguments, kind, words, tmp_path: Path):
    result = CliRunner().invoke(app, ['render', *arguments, '--out', str(tmp_path / 'x.jpg')])
    assert isinstance(result.exception, kind)
    assert words in str(result.exception)
    assert not (tmp_path / 'x.jpg').exists()
