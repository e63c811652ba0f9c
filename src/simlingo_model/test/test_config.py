# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from simlingo_core.errors import ConfigError
from simlingo_model.config import ImageConfig, ModelConfig, VisionConfig, internvl2_1b, mini


@pytest.mark.parametrize('make', [mini, internvl2_1b])
def test_goes_to_json_and_back(make):
    config = make()
    assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_released_layout():
    config = internvl2_1b()
    assert config.image_tokens == 512
    assert config.image.cropped_height_px == 359
    assert config.action.queries == 30


def test_unknown_setting_is_named():
    values = mini().to_dict()
    values['vision']['tyle_px'] = 3
    with pytest.raises(ConfigError, match='tyle_px'):
        ModelConfig.from_dict(values)


@pytest.mark.parametrize(
    'values',
    [{'stem': 'wavelet'}, {'tile_px': 225}, {'heads': 7}, {'stem': 'two_stage', 'patch_px': 16}],
)
def test_sizes_that_do_not_fit_are_refused(values):
    with pytest.raises(ConfigError, match='expected'):
        VisionConfig(**values)


def test_crop_follows_the_height():
    assert ImageConfig(camera_height_px=1024).cropped_height_px == 717
