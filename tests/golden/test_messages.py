# SPDX-License-Identifier: Apache-2.0
"""The interface packages against the recorded hashes and an independent implementation.

``rosbags`` reads the definitions with its own parser and has its own CDR writer and reader; rclpy
is the real thing.  What both agree on, field by field, is what goes over the wire.
"""

import importlib
import itertools
import json
import sys
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
from ament_index_python.resources import get_resource
from rclpy.serialization import deserialize_message, serialize_message
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.base import Nodetype

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [
    ROOT / 'src' / 'simlingo_msgs',
    *sorted(path.parent for path in ROOT.glob('interfaces/*/package.xml')),
]
GOLDEN_HASHES = json.loads((Path(__file__).parent / 'data' / 'type_hashes.json').read_text())
IMPLEMENTATION = {
    'FeedbackMessage': 'Impl.FeedbackMessage',
    'SendGoal_Request': 'Impl.SendGoalService.Request',
    'GetResult_Response': 'Impl.GetResultService.Response',
}
PARTS = {'srv': ('Request', 'Response'), 'action': ('Goal', 'Result', 'Feedback')}

# rosbags takes the padding of a bounded sequence of doubles for there when it is empty.
MISREAD_WHEN_EMPTY = {'derived_object_msgs/msg/Object'}

# Of the objects that the bridge sends.
OBJECT_CONSTANTS = {
    'OBJECT_DETECTED': 0,
    'OBJECT_TRACKED': 1,
    'CLASSIFICATION_UNKNOWN': 0,
    'CLASSIFICATION_UNKNOWN_SMALL': 1,
    'CLASSIFICATION_UNKNOWN_MEDIUM': 2,
    'CLASSIFICATION_UNKNOWN_BIG': 3,
    'CLASSIFICATION_PEDESTRIAN': 4,
    'CLASSIFICATION_BIKE': 5,
    'CLASSIFICATION_CAR': 6,
    'CLASSIFICATION_TRUCK': 7,
    'CLASSIFICATION_MOTORCYCLE': 8,
    'CLASSIFICATION_OTHER_VEHICLE': 9,
    'CLASSIFICATION_BARRIER': 10,
    'CLASSIFICATION_SIGN': 11,
}

# What CARLA's packages define beside the fields (constants are in no hash).
ROAD_OPTIONS = {
    'VOID': -1,
    'LEFT': 1,
    'RIGHT': 2,
    'STRAIGHT': 3,
    'LANEFOLLOW': 4,
    'CHANGELANELEFT': 5,
    'CHANGELANERIGHT': 6,
}
CARLA_CONSTANTS = {
    'CarlaControl': {'PLAY': 0, 'PAUSE': 1, 'STEP_ONCE': 2},
    'CarlaTrafficLightStatus': {'RED': 0, 'YELLOW': 1, 'GREEN': 2, 'OFF': 3, 'UNKNOWN': 4},
    'CarlaLaneInvasionEvent': {
        'LANE_MARKING_OTHER': 0,
        'LANE_MARKING_BROKEN': 1,
        'LANE_MARKING_SOLID': 2,
    },
    'CarlaRoute': ROAD_OPTIONS,
    'CarlaGnssRoute': ROAD_OPTIONS,
}


def read_definitions() -> dict[str, str]:
    """Return the text of every type, the parts of services and actions one by one."""
    texts = {}
    for package in PACKAGES:
        for path in sorted(package.glob('*/*')):
            kind, name = path.parent.name, f'{package.name}/{path.parent.name}/{path.stem}'
            if path.suffix == '.msg':
                texts[name] = path.read_text()
            elif path.suffix in {'.srv', '.action'}:
                parts = path.read_text().split('---\n')
                texts |= {
                    f'{name}_{part}': text for part, text in zip(PARTS[kind], parts, strict=True)
                }
    return texts | derive_action_messages('simlingo_msgs/action/FollowInstruction')


def derive_action_messages(name: str) -> dict[str, str]:
    """Return the messages around goal, result and feedback that every action has."""
    uuid = 'unique_identifier_msgs/UUID goal_id  # of the goal\n'
    return {
        f'{name}_FeedbackMessage': f'{uuid}{name}_Feedback feedback  # the feedback\n',
        f'{name}_SendGoal_Request': f'{uuid}{name}_Goal goal  # the goal\n',
        f'{name}_GetResult_Response': f'int8 status  # action_msgs\n{name}_Result result  # it\n',
    }


DEFINITIONS = read_definitions()


def make_store():
    store = get_typestore(Stores.ROS2_KILTED)
    found = {}
    for name, text in DEFINITIONS.items():
        (found[name],) = get_types_from_msg(text, name).values()
    store.register(found)
    return store


STORE = make_store()


def ros_class(name):
    package, kind, short = name.split('/')
    module = importlib.import_module(f'{package}.{kind}')
    if kind == 'msg':
        return getattr(module, short)
    outer, part = short.split('_', 1)
    return attrgetter(IMPLEMENTATION.get(part, part))(getattr(module, outer))


def distinct_value(kind: str, count: int):
    """Return a value that no other field of the same message has, where the type allows it."""
    if kind == 'string':
        return f'Wert {count} – äß中'
    if kind == 'bool':
        return count % 2 == 0
    if kind.startswith('float'):
        return -1.5 * count  # exact in 32 bits
    bits = int(kind.lstrip('uint'))
    value = (1 << (bits - 2)) + 7 * count  # reaches the high bytes
    return value % (1 << (bits - 1)) * (1 if kind.startswith('u') else -1)


def fill(description, counter):
    """Return plain data (dicts, lists, numbers, text) for a field description of rosbags."""
    kind, detail = description
    if kind is Nodetype.BASE:
        return distinct_value(detail[0], next(counter))
    if kind is Nodetype.NAME:
        return {name: fill(field, counter) for name, field in STORE.fielddefs[detail][1]}
    element, length = detail
    size = length if kind is Nodetype.ARRAY else 3
    return [fill(element, counter) for _ in range(size)]


def to_rosbags(description, value):
    """Turn plain data into the objects of rosbags."""
    kind, detail = description
    if kind is Nodetype.BASE:
        return value
    if kind is Nodetype.NAME:
        fields = STORE.fielddefs[detail][1]
        return STORE.types[detail](**{n: to_rosbags(field, value[n]) for n, field in fields})
    element = detail[0]
    if element[0] is Nodetype.BASE and element[1][0] != 'string':
        return np.array(value, element[1][0])
    return [to_rosbags(element, item) for item in value]


def to_plain(value):
    """Turn a message of rclpy or of rosbags into plain data."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, 'get_fields_and_field_types'):
        return {name: to_plain(getattr(value, name)) for name in value._fields_and_field_types}
    if hasattr(value, '__msgtype__'):
        fields = [n for n, kind in value.__annotations__.items() if 'ClassVar' not in kind]
        return {name: to_plain(getattr(value, name)) for name in fields}
    if isinstance(value, str | bool | int | float):
        return value
    return [to_plain(item) for item in value]


def leaves(value):
    if isinstance(value, dict):
        return itertools.chain.from_iterable(map(leaves, value.values()))
    if isinstance(value, list):
        return itertools.chain.from_iterable(map(leaves, value))
    return [value]


@pytest.mark.ros
@pytest.mark.parametrize('name', DEFINITIONS)
def test_every_field_survives_both_ways(name):
    description = (Nodetype.NAME, name)
    wanted = fill(description, itertools.count(1))
    texts_and_floats = [v for v in leaves(wanted) if isinstance(v, str | float)]
    assert len(set(texts_and_floats)) == len(texts_and_floats)

    message = deserialize_message(
        bytes(STORE.serialize_cdr(to_rosbags(description, wanted), name)), ros_class(name)
    )
    assert to_plain(message) == wanted

    back = STORE.deserialize_cdr(serialize_message(message), name)
    assert to_plain(back) == wanted


@pytest.mark.ros
@pytest.mark.parametrize('name', sorted(set(DEFINITIONS) - MISREAD_WHEN_EMPTY))
def test_an_untouched_message_survives_both_ways(name):
    message = ros_class(name)()
    raw = serialize_message(message)
    assert to_plain(STORE.deserialize_cdr(raw, name)) == to_plain(message)
    assert deserialize_message(raw, ros_class(name)) == message


def installed_hashes(package: str) -> dict[str, str]:
    """Return the hashes that the real generator wrote, by type."""
    prefix = Path(get_resource('packages', package)[1])
    found = {}
    for path in prefix.glob(f'share/{package}/*/*.json'):
        rows = json.loads(path.read_text())['type_hashes']
        found |= {row['type_name']: row['hash_string'] for row in rows}
    return found


@pytest.fixture(scope='module')
def hashes():
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        # The wheels are no ament prefix until somebody says so.
        patch.setenv('AMENT_PREFIX_PATH', sys.prefix, prepend=':')
        for package in PACKAGES:
            found |= installed_hashes(package.name)
    return found


@pytest.mark.ros
@pytest.mark.parametrize('name', GOLDEN_HASHES)
def test_a_stand_in_has_the_hash_of_the_original(name, hashes):
    assert hashes[name] == GOLDEN_HASHES[name]


@pytest.mark.ros
@pytest.mark.parametrize('name', DEFINITIONS)
def test_the_independent_hash_is_the_same(name, hashes):
    assert STORE.hash_rihs01(name) == hashes[name]


def test_no_stand_in_is_without_a_recorded_hash():
    stand_ins = [name for name in DEFINITIONS if not name.startswith('simlingo_msgs/')]
    assert set(stand_ins) <= set(GOLDEN_HASHES)


@pytest.mark.ros
@pytest.mark.parametrize('name', CARLA_CONSTANTS)
def test_carla_constants(name):
    ours = {row[0]: row[2] for row in STORE.fielddefs[f'carla_msgs/msg/{name}'][0]}
    assert ours == CARLA_CONSTANTS[name]
    kind = ros_class(f'carla_msgs/msg/{name}')
    assert {constant: getattr(kind, constant) for constant in ours} == ours


def test_object_constants():
    rows = STORE.fielddefs['derived_object_msgs/msg/Object'][0]
    assert {row[0]: row[2] for row in rows} == OBJECT_CONSTANTS


def test_no_other_carla_message_has_constants():
    others = {
        name.split('/')[-1]
        for name in DEFINITIONS
        if name.startswith('carla_msgs/') and STORE.fielddefs[name][0]
    }
    assert others == set(CARLA_CONSTANTS)


@pytest.mark.parametrize('name', DEFINITIONS)
def test_every_field_is_explained(name):
    lines = [line for line in DEFINITIONS[name].splitlines() if line and line[0] != '#']
    fields = [line for line in lines if '=' not in line.partition('#')[0]]
    assert fields
    assert [line for line in fields if not line.partition('#')[2].strip()] == []
