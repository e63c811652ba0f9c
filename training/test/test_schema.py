# SPDX-License-Identifier: Apache-2.0
"""The schema of the data set: every file of upstream is read, bad keys are named, none dropped."""

from pathlib import Path

import pytest
from accelerate.commands.config.config_args import load_config_from_file

from simlingo_training.carla_types import kind_of_type
from simlingo_training.data_problems import DataError
from simlingo_training.schema.base import key_rows, parse
from simlingo_training.schema.dreamer import DREAMER
from simlingo_training.schema.ego_info import BOXES, BOXES_BY_CLASS, EgoInfoBox
from simlingo_training.schema.language import CommentaryFile, VqaFile
from simlingo_training.schema.measurement import MeasurementFile
from simlingo_training.schema.results import ResultsFile
from simlingo_training.schema.table import BEGIN, markdown

QA = {'Q': 'Where is it?', 'A': 'In front.', 'C': None, 'con_up': [[0, 0]], 'layer': 3}
VQA = {
    'image_paths': {'CAM_FRONT': 'data/simlingo/rgb/0010.jpg'},
    'key_object_infos': {'<c1,CAM_FRONT,1.0,2.0>': {'Category': 'Vehicle', '2d_bbox': [1, 2, 3]}},
    'QA': {'perception': [QA], 'prediction': [], 'planning': [], 'behavior': []},
}


def test_a_lane_has_upstreams_misspelt_key():
    info = {'class': 'ego_info', 'left_lanes': [{'type:': 'Driving', 'width': 3.5}]}
    (box,) = parse(BOXES, [info])
    assert isinstance(box, EgoInfoBox)
    assert box.left_lanes[0].kind == 'Driving'
    assert box.to_json()['left_lanes'] == [{'type:': 'Driving', 'width': 3.5}]


def test_every_class_of_box_is_read():
    whole = {'position': [1.0, 2, 0.0], 'extent': [1, 1, 1], 'state': 'Red', 'kind_of': 3}
    boxes = parse(BOXES, [{'class': name, **whole} for name in (*BOXES_BY_CLASS, 'ufo')])
    assert [type(box) for box in boxes[:-1]] == list(BOXES_BY_CLASS.values())
    assert boxes[-1].kind == 'ufo'
    assert all('kind_of' in box.unknown_keys() for box in boxes)
    assert all(box.to_json()['kind_of'] == 3 for box in boxes)


@pytest.mark.parametrize(
    ('model', 'data', 'field'),
    [
        (BOXES, [{'class': 'car', 'position': [1.0, 'x', 0.0], 'extent': [1, 1, 1]}], 'position'),
        (BOXES, {'class': 'car'}, ''),
        (BOXES, [7], '0'),
        (VqaFile, VQA | {'QA': {'perception': [QA | {'A': 3}]}}, 'QA.perception.0.A'),
        (VqaFile, {}, 'QA'),
        (CommentaryFile, {'commentary': ' '}, 'commentary'),
        (CommentaryFile, {'commentary': 'Go.', 'placeholder': {'<OBJECT>': 1}}, 'placeholder'),
        (DREAMER, {'stop': {}}, 'stop'),
        (ResultsFile, {'infractions': {'red_light': 'x'}}, 'infractions'),
        (ResultsFile, {'infractions': [], 'scores': {'score_route': float('nan')}}, 'score_route'),
        (ResultsFile, {'infractions': [], 'schema_version': 2}, 'schema_version'),
        (ResultsFile, {'infractions': [], 'schema_version': '1'}, 'schema_version'),
        (MeasurementFile, [], ''),
        (BOXES, [{'class': 'car', 'position': [1e300, 0, 0], 'extent': [1, 1, 1]}], 'position'),
    ],
)
def test_a_bad_key_is_named(model, data, field):
    with pytest.raises(DataError) as caught:
        parse(model, data)
    assert field in caught.value.problem.field
    assert caught.value.problem.reason


def test_questions_and_objects_are_read():
    stored = parse(VqaFile, VQA)
    assert stored.QA['perception'][0].Q == 'Where is it?'
    assert stored.key_object_infos['<c1,CAM_FRONT,1.0,2.0>'].box_2d == [1, 2, 3]
    assert stored.to_json()['key_object_infos'] == {
        name: {'Category': 'Vehicle', '2d_bbox': [1.0, 2.0, 3.0]}
        | {key: None for key in ('Status', 'Visual_description', '3d_bbox')}
        for name in VQA['key_object_infos']
    }


@pytest.mark.parametrize('model', [MeasurementFile, *BOXES_BY_CLASS.values(), VqaFile])
def test_every_key_says_what_it_means(model):
    assert all(row.meaning for row in key_rows(model))


@pytest.mark.parametrize(
    ('type_id', 'kind'),
    [
        ('vehicle.audi.tt', 'car'),
        ('vehicle.volkswagen.t2_2021', 'van'),
        ('vehicle.gazelle.omafiets', 'bicycle'),
        ('walker.pedestrian.0030', 'pedestrian'),
        ('traffic.traffic_light', 'traffic_light'),
        ('traffic.stop', 'stop_sign'),
        ('static.prop.trafficwarning', 'warning_sign'),
        ('stop_sign', 'stop_sign'),
        (None, None),
    ],
)
def test_kinds_of_carlas_types(type_id, kind):
    assert kind_of_type(type_id) == kind


def test_the_page_has_the_keys_of_today():
    page = Path(__file__).parents[2] / 'docs' / 'reference' / 'data-format.md'
    _, tables = page.read_text(encoding='utf-8').split(BEGIN)
    assert tables.strip() == markdown().strip()


@pytest.mark.parametrize('name', ['ddp', 'deepspeed_zero2', 'fsdp'])
def test_accelerate_reads_our_settings(name):
    path = Path(__file__).parents[1] / 'launchers' / f'{name}.yaml'
    config = load_config_from_file(str(path))
    assert config.num_processes == 8
    assert config.mixed_precision == 'bf16'
