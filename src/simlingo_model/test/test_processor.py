# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
import pytest
import torch

from simlingo_core.errors import ConfigError, ContractError, NonFiniteError
from simlingo_core.images import encode_jpeg
from simlingo_model import prompts
from simlingo_model.config import internvl2_1b, mini
from simlingo_model.image import decode_camera_image, make_tiles
from simlingo_model.processor import Processor, TrainingSample
from simlingo_model.vision import normalise_tiles


def sample_of(processor, jpeg, **changes):
    values = {
        'tiles': processor.tiles(jpeg),
        'prompt': prompts.driving_prompt(4.2, prompts.target_point_clause()),
        'answer': prompts.WAYPOINTS_ANSWER,
        'target_points_base_m': np.array([[14.25, 1.5], [31.75, -4.625]]),
        'path_base_m': np.stack([np.arange(20.0), 0.1 * np.arange(20.0)], axis=1),
        'speed_waypoints_base_m': np.stack([np.arange(10.0), np.zeros(10)], axis=1),
    }
    return TrainingSample(**(values | changes))


def test_the_y_axis_is_turned_on_the_way_in_and_back(mini_parts, observation):
    _, processor = mini_parts
    inside = processor.target_points(observation)
    np.testing.assert_allclose(inside[0], [[14.25, -1.5], [31.75, 4.625]])
    np.testing.assert_allclose(
        processor.points_from_network(inside[0]), observation.target_points_base_m
    )


def test_labels_are_turned_too(mini_parts, image_jpeg):
    _, processor = mini_parts
    batch = processor.collate([sample_of(processor, image_jpeg)])
    assert batch.path_m[0, 10].tolist() == pytest.approx([10.0, -1.0])


def test_mini_tiles_show_left_and_right(mini_parts):
    _, processor = mini_parts
    half = np.zeros((512, 1024, 3), np.uint8)
    half[:, 512:] = 255
    tiles = processor.tiles(encode_jpeg(half, 'rgb8'))
    assert tiles.shape == (2, 224, 224, 3)
    assert tiles[0].mean() < 10
    assert tiles[1].mean() > 245


def test_bottom_of_the_image_is_not_seen(mini_parts):
    _, processor = mini_parts
    image = np.zeros((512, 1024, 3), np.uint8)
    image[368:] = 255
    assert processor.tiles(encode_jpeg(image, 'rgb8')).max() < 20


@pytest.mark.parametrize('size', [(480, 640), (512, 1023), (1024, 512)])
def test_wrong_image_size_is_refused(mini_parts, size):
    _, processor = mini_parts
    data = encode_jpeg(np.zeros((*size, 3), np.uint8), 'rgb8')
    with pytest.raises(ContractError, match='1024 x 512'):
        processor.tiles(data)


@pytest.mark.parametrize('data', [b'', b'no image', b'\xff\xd8\xff\xe0 half a jpeg'])
def test_what_is_no_jpeg_is_refused(mini_parts, data):
    _, processor = mini_parts
    with pytest.raises(ContractError, match=r'image|JPEG'):
        processor.tiles(data)


def test_encodings_are_checked():
    with pytest.raises(ContractError, match='yuv'):
        encode_jpeg(np.zeros((4, 4, 3), np.uint8), 'yuv')
    with pytest.raises(ContractError, match='bgra8 means'):
        encode_jpeg(np.zeros((4, 4, 3), np.uint8), 'bgra8')


def test_a_layout_with_other_tiles_is_refused(image_jpeg):
    config = mini()
    square = replace(config.image, cropped_sixteenths=0.0, max_tiles=3)
    rgb = decode_camera_image(image_jpeg, square)
    with pytest.raises(ConfigError, match='2 tiles'):
        make_tiles(rgb, replace(config, image=square))


def test_far_target_points_are_refused(mini_parts, observation):
    _, processor = mini_parts
    far = replace(observation, target_points_base_m=np.array([[1e9, 0.0], [1e9, 1.0]]))
    with pytest.raises(ContractError, match='1000000000'):
        processor.target_points(far)


def test_a_tokenizer_of_another_model_is_refused(mini_parts):
    _, processor = mini_parts
    small = replace(mini(), decoder=replace(mini().decoder, vocabulary_rows=300))
    with pytest.raises(ConfigError, match='300'):
        Processor(small, processor.tokenizer)
    assert Processor(internvl2_1b(), processor.tokenizer).config.image_tokens == 512


def test_equal_images_are_kept_once(mini_parts, image_jpeg):
    _, processor = mini_parts
    one, two = (sample_of(processor, image_jpeg, image_key=k) for k in ('a', 'b'))
    batch = processor.collate([one, two, one])
    assert batch.tiles.shape[0] == 2
    assert batch.image_index.tolist() == [0, 1, 0]


def test_padding_is_on_the_left(mini_parts, image_jpeg):
    _, processor = mini_parts
    short = sample_of(processor, image_jpeg)
    long = replace(short, answer='Follow the route. Accelerate. Waypoints:')
    batch = processor.collate([short, long])
    pads = int((~batch.valid[0]).sum())
    assert pads > 0
    assert not batch.valid[0, :pads].any()
    assert (batch.ids[0, :pads] == processor.encoder.pad_id).all()
    assert not batch.learned[0, :pads].any()
    assert batch.valid[1].all()


def test_labels_must_be_finite_and_complete(mini_parts, image_jpeg):
    _, processor = mini_parts
    path = np.zeros((20, 2))
    path[3, 1] = np.nan
    with pytest.raises(NonFiniteError, match='path'):
        processor.collate([sample_of(processor, image_jpeg, path_base_m=path)])
    with pytest.raises(ContractError, match='path'):
        processor.collate([sample_of(processor, image_jpeg, path_base_m=np.zeros((19, 2)))])


def test_normalisation():
    tiles = torch.tensor([0, 128, 255], dtype=torch.uint8).expand(1, 2, 2, 3)
    pixels = normalise_tiles(tiles, torch.float32)
    expected = [(0 - 0.485) / 0.229, (128 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225]
    torch.testing.assert_close(pixels[0, :, 0, 0], torch.tensor(expected))
