# SPDX-License-Identifier: Apache-2.0
"""Bags of all kinds are read message by message, and split ones are written."""

import sqlite3

import pytest
import yaml
from rclpy.serialization import deserialize_message, serialize_message
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from std_msgs.msg import String

from simlingo_core.errors import BackendError, ConfigError
from simlingo_ros.bag_cut import cut_bag
from simlingo_ros.bag_file import BagFile
from simlingo_ros.bag_format import to_bag_qos, type_hash
from simlingo_ros.bag_reader import BagReader
from simlingo_ros.bag_recovery import natural_order
from simlingo_ros.definitions import full_definition
from simlingo_ros.interfaces import BRIDGE, LATCHED

STRING = 'std_msgs/msg/String'
SECOND_NS = 1_000_000_000
FOREIGN_HASH = 'RIHS01_48ca2298dc6a606f876aa785c208b2b8d5d63e6e1f0f06c88bcefbec100dcea0'


def write_bag(path, plugin, version=9, compression=None, count=5):
    bag = Writer(path, version=version, storage_plugin=plugin)
    if compression is not None:
        bag.set_compression(compression, CompressionFormat.ZSTD)
    with bag:
        words = bag.add_connection(
            '/words', STRING, msgdef=full_definition(STRING), rihs01=type_hash(STRING)
        )
        for index in range(count):
            bag.write(words, (10 + index) * SECOND_NS, serialize_message(String(data=str(index))))
    return path


def read_words(path, **options):
    with BagReader(path) as bag:
        return [
            (round(time_ns / SECOND_NS, 3), bag.deserialize(topic, data).data)
            for topic, time_ns, data in bag.messages(['/words'], **options)
        ]


EXPECTED = [(10.0 + index, str(index)) for index in range(5)]


@pytest.mark.parametrize('version', [8, 9])
@pytest.mark.parametrize(
    ('plugin', 'compression'),
    [
        (plugin, compression)
        for plugin in StoragePlugin
        for compression in (
            None,
            CompressionMode.FILE,
            CompressionMode.MESSAGE,
            CompressionMode.STORAGE,
        )
        # SQLite has no compression of its own.
        if (plugin, compression) != (StoragePlugin.SQLITE3, CompressionMode.STORAGE)
    ],
)
def test_bags_of_every_storage_compression_and_version_are_read(
    tmp_path, plugin, compression, version
):
    path = write_bag(tmp_path / 'bag', plugin, version, compression)
    assert read_words(path) == EXPECTED


def test_a_bag_of_humble_without_definitions_and_hashes_is_read(tmp_path):
    path = write_bag(tmp_path / 'bag', StoragePlugin.SQLITE3, version=8)
    metadata = yaml.safe_load((path / 'metadata.yaml').read_text())
    information = metadata['rosbag2_bagfile_information']
    information['version'] = 5
    for name in ('custom_data', 'ros_distro'):
        information.pop(name)
    for topic in information['topics_with_message_count']:
        topic['topic_metadata'].pop('type_description_hash')
    (path / 'metadata.yaml').write_text(yaml.safe_dump(metadata))
    with sqlite3.connect(path / 'bag.db3') as database:
        database.execute('DROP TABLE message_definitions')
        database.execute('DROP TABLE schema')
        database.execute('DROP TABLE metadata')
        database.execute('ALTER TABLE topics DROP COLUMN type_description_hash')
        database.execute('CREATE TABLE schema(schema_version INTEGER, ros_distro TEXT)')
        database.execute("INSERT INTO schema VALUES (3, 'humble')")
    assert read_words(path) == EXPECTED
    (path / 'metadata.yaml').unlink()
    assert read_words(path) == EXPECTED, 'and without metadata.yaml'


def test_a_part_of_a_bag_is_read(tmp_path):
    path = write_bag(tmp_path / 'bag', StoragePlugin.MCAP)
    assert read_words(path, start_s=1.0, duration_s=2.0) == EXPECTED[1:3]
    assert read_words(path, duration_s=1.5) == EXPECTED[:2]


def test_a_recording_is_split_by_size_and_read_as_one(tmp_path):
    bag = BagFile(tmp_path / 'split', split_bytes=2_000, is_compressed=True)
    words = bag.add_topic('/words', STRING, [to_bag_qos(BRIDGE)])
    late = None
    for index in range(12):
        bag.write(words, index * SECOND_NS, serialize_message(String(data=f'{index}' * 400)))
        if index == 7:
            late = bag.add_topic('/late', STRING, [to_bag_qos(BRIDGE)])
            bag.write(late, index * SECOND_NS, serialize_message(String(data='late')))
    bag.close()
    files = natural_order((tmp_path / 'split').glob('*.mcap'))
    assert len(files) > 3
    assert files[0].name == 'split_0.mcap'
    with BagReader(tmp_path / 'split') as reader:
        assert reader.topics['/words'].count == 12
        assert reader.topics['/late'].count == 1
        found = [
            time_ns // SECOND_NS
            for topic, time_ns, _ in reader.messages()
            if topic.name == '/words'
        ]
        assert found == list(range(12))
        assert (reader.start_ns, reader.end_ns) == (0, 11 * SECOND_NS)
    with AnyReader([tmp_path / 'split']) as independent:
        messages = list(independent.messages())
        assert len(messages) == 13
        assert independent.connections[0].ext.offered_qos_profiles[0].depth == BRIDGE.depth
        text = deserialize_message(bytes(messages[3][2]), String).data
    assert text == '3' * 400
    assert read_words(files[1])[0][1][0] in '0123456789', 'each file by itself'
    metadata = yaml.safe_load((tmp_path / 'split' / 'metadata.yaml').read_text())
    listed = metadata['rosbag2_bagfile_information']
    assert listed['relative_file_paths'] == [file.name for file in files]
    assert sum(file['message_count'] for file in listed['files']) == 13


def test_a_recording_is_split_by_time_and_a_killed_one_loses_nothing(tmp_path):
    bag = BagFile(tmp_path / 'split', split_s=1.0)
    words = bag.add_topic('/words', STRING, [])
    for index in range(25):
        bag.write(words, index * SECOND_NS // 2, serialize_message(String(data=str(index))))
    bag.flush()
    # As a kill leaves it: eleven files are complete, the last has no end.
    names = [file.name for file in natural_order((tmp_path / 'split').glob('*.mcap'))]
    assert names[-1] == 'split_12.mcap'
    with BagReader(tmp_path / 'split') as reader:
        assert reader.recovered == 25
        words = [reader.deserialize(topic, data).data for topic, _, data in reader.messages()]
    bag.close()
    assert words == [str(index) for index in range(25)]


def test_a_recording_keeps_its_newest_files(tmp_path):
    bag = BagFile(tmp_path / 'split', split_s=1.0, keep_files=3)
    words = bag.add_topic('/words', STRING, [])
    for index in range(25):
        bag.write(words, index * SECOND_NS // 2, serialize_message(String(data=str(index))))
        assert len(list((tmp_path / 'split').glob('*.mcap'))) <= 4
    bag.close()
    names = [file.name for file in natural_order((tmp_path / 'split').glob('*.mcap'))]
    assert names == ['split_10.mcap', 'split_11.mcap', 'split_12.mcap']
    with BagReader(tmp_path / 'split') as reader:
        found = [reader.deserialize(topic, data).data for topic, _, data in reader.messages()]
    assert found == ['20', '21', '22', '23', '24']


def test_only_a_split_recording_can_drop_files(tmp_path):
    with pytest.raises(ConfigError, match='3 files are to be kept'):
        BagFile(tmp_path / 'bag', keep_files=3)


def test_limits_of_a_split_are_checked(tmp_path):
    with pytest.raises(ConfigError, match='-1 bytes'):
        BagFile(tmp_path / 'bag', split_bytes=-1)
    assert not (tmp_path / 'bag').exists()


def test_what_is_no_bag_is_refused_with_its_name(tmp_path):
    for path in (tmp_path / 'nowhere', tmp_path):
        with pytest.raises(ConfigError, match=str(path)):
            BagReader(path)
    cut = write_bag(tmp_path / 'bag', StoragePlugin.SQLITE3, count=500) / 'bag.db3'
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    with pytest.raises(ConfigError, match='cannot read the bag'):
        read_words(tmp_path / 'bag')
    text = tmp_path / 'notes.txt'
    text.write_text('no bag')
    with pytest.raises(ConfigError, match='notes'):
        BagReader(text)


def test_a_type_that_is_nowhere_is_named(tmp_path):
    with Writer(tmp_path / 'bag', version=8, storage_plugin=StoragePlugin.SQLITE3) as bag:
        thing = bag.add_connection(
            '/things', 'foreign_msgs/msg/Thing', msgdef='', rihs01='RIHS01_' + '0' * 64
        )
        bag.write(thing, 1, bytes(8))
    with BagReader(tmp_path / 'bag') as reader:
        ((topic, _, data),) = reader.messages()
        with pytest.raises((BackendError, ConfigError), match='foreign_msgs'):
            reader.deserialize(topic, data)


def test_a_clip_holds_what_was_latched_and_topics_of_unknown_types(tmp_path):
    with Writer(tmp_path / 'bag', version=8, storage_plugin=StoragePlugin.SQLITE3) as bag:
        route, word, thing = (
            bag.add_connection(name, kind, msgdef=text, rihs01=digest, offered_qos_profiles=qos)
            for name, kind, text, digest, qos in (
                ('/route', STRING, full_definition(STRING), type_hash(STRING), [LATCHED]),
                ('/words', STRING, full_definition(STRING), type_hash(STRING), [BRIDGE]),
                ('/things', 'foreign_msgs/msg/Thing', 'int32 id', FOREIGN_HASH, []),
            )
            for qos in ([to_bag_qos(entry) for entry in qos],)
        )
        bag.write(route, 10 * SECOND_NS, serialize_message(String(data='the way')))
        for index in range(8):
            time_ns = (10 + index) * SECOND_NS
            bag.write(word, time_ns, serialize_message(String(data=str(index))))
            bag.write(thing, time_ns, bytes([0, 1, 0, 0, index, 0, 0, 0]))
    clip = cut_bag(tmp_path / 'bag', tmp_path / 'clip', start_s=13.0, end_s=15.5)
    assert clip.messages == 7
    assert clip.left_out == ()
    with BagReader(tmp_path / 'clip') as reader:
        found = [
            (t.name, time_ns, reader.deserialize(t, d)) for t, time_ns, d in reader.messages()
        ]
    assert [(name, message.data) for name, _, message in found if name != '/things'] == [
        ('/route', 'the way'),
        *(('/words', str(index)) for index in (3, 4, 5)),
    ]
    assert found[0][1] == 13 * SECOND_NS
    assert [message.id for name, _, message in found if name == '/things'] == [3, 4, 5]
    whole = cut_bag(
        tmp_path / 'bag', tmp_path / 'whole', start_s=5.0, end_s=12.5, topics=['/words']
    )
    assert whole.messages == 3
    with pytest.raises(ConfigError, match=r'holds 10\.00 to 17\.00 s'):
        cut_bag(tmp_path / 'bag', tmp_path / 'none', start_s=90.0, end_s=95.0)
    assert not (tmp_path / 'none').exists()
