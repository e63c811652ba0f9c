# SPDX-License-Identifier: Apache-2.0
import http.client
import io
import json
import socket
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from simlingo_core.errors import BackendError, ConfigError
from simlingo_core.images import encode_jpeg
from simlingo_sim.keyboard_drive.keys import Key
from simlingo_sim.keyboard_drive.stream import ImageStream
from simlingo_sim.keyboard_drive.views import NoView, open_view
from simlingo_sim.keyboard_drive.window import ImageWindow, key_named

# -- stream --------------------------------------------------------------------------------------


@pytest.fixture
def stream():
    stream = ImageStream()
    yield stream
    stream.close()


def connect(stream):
    return http.client.HTTPConnection(stream.url.split('/')[2], timeout=5)


def get(stream, path):
    connection = connect(stream)
    try:
        connection.request('GET', path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def post(stream, body, content_type='application/json', path='/key'):
    connection = connect(stream)
    try:
        connection.request('POST', path, body, {'Content-Type': content_type})
        return connection.getresponse().status
    finally:
        connection.close()


def image(level=90):
    return np.full((32, 64, 4), level, np.uint8)


def test_the_page_knows_every_key(stream):
    status, headers, body = get(stream, '/')
    assert status == 200
    assert headers['Content-Type'].startswith('text/html')
    for key in Key:
        assert f"'{key}'" in body.decode()


def test_an_image_can_be_fetched(stream):
    stream.show(encode_jpeg(image()))
    status, headers, body = get(stream, '/frame.jpg')
    assert (status, headers['Content-Type']) == (200, 'image/jpeg')
    assert Image.open(io.BytesIO(body)).size == (64, 32)


def test_colours_stay():
    blue = np.zeros((32, 32, 4), np.uint8)
    blue[..., 0] = 255
    red, green, shown = Image.open(io.BytesIO(encode_jpeg(blue))).getpixel((16, 16))
    assert shown > 240
    assert max(red, green) < 15


def test_images_follow_each_other(stream):
    connection = connect(stream)
    jpegs = [encode_jpeg(image(level)) for level in (10, 200)]
    try:
        stream.show(jpegs[0])
        connection.request('GET', '/stream.mjpg')
        answer = connection.getresponse()
        assert answer.headers['Content-Type'] == 'multipart/x-mixed-replace; boundary=image'
        for jpeg in jpegs:
            lines = [answer.readline() for _ in range(4)]
            assert lines[0] == b'--image\r\n'
            assert lines[2] == b'Content-Length: %d\r\n' % len(jpeg)
            assert answer.read(len(jpeg) + 2) == jpeg + b'\r\n'
            stream.show(jpegs[1])
    finally:
        connection.close()


def test_keys_of_the_page_arrive_in_order(stream):
    for key, down in (('left', True), ('left', False), ('brake', True)):
        assert post(stream, json.dumps({'key': key, 'down': down})) == 204
    assert stream.take_keys() == [(Key.LEFT, True), (Key.LEFT, False), (Key.BRAKE, True)]
    assert stream.take_keys() == []


@pytest.mark.parametrize(
    ('body', 'content_type'),
    [
        ('{"key": "fly", "down": true}', 'application/json'),
        ('{"key": "left"}', 'application/json'),
        ('["left", true]', 'application/json'),
        ('{', 'application/json'),
        ('{"key": "left", "down": true, "pad": "' + 'x' * 400 + '"}', 'application/json'),
        # What a form on any other web site could send.
        ('{"key": "left", "down": true}', 'text/plain'),
    ],
)
def test_bad_requests_are_refused_and_press_nothing(stream, body, content_type):
    assert post(stream, body, content_type) == 400
    assert stream.take_keys() == []


def test_unknown_pages_are_refused(stream):
    assert get(stream, '/../etc/passwd')[0] == 404
    assert post(stream, '{}', path='/elsewhere') == 400


def test_a_busy_port_is_a_clear_error(stream):
    port = int(stream.url.rsplit(':', 1)[1].strip('/'))
    with pytest.raises(BackendError, match=f'127.0.0.1:{port}.*--port'):
        ImageStream(port)
    with pytest.raises(BackendError, match='--port'):
        ImageStream(70_000)


def test_it_listens_on_this_machine_only(stream):
    port = int(stream.url.rsplit(':', 1)[1].strip('/'))
    with socket.socket() as other, pytest.raises(OSError, match='refused'):
        other.connect(('127.0.0.2', port))


def test_closing_ends_the_waiting_of_readers():
    stream = ImageStream()
    stream.show(encode_jpeg(image()))
    connection = connect(stream)
    connection.request('GET', '/stream.mjpg')
    answer = connection.getresponse()
    assert answer.readline() == b'--image\r\n'
    stream.close()
    assert answer.read().endswith(b'\r\n')
    connection.close()


# -- where to look -------------------------------------------------------------------------------


def test_without_a_display_there_is_a_page():
    images = open_view('auto', 0, {})
    try:
        assert images.place.startswith('image: http://127.0.0.1:')
    finally:
        images.close()


def test_a_display_that_cannot_be_opened_ends_at_the_page(monkeypatch):
    monkeypatch.setenv('DISPLAY', ':987')
    images = open_view('auto', 0)
    try:
        assert images.place.startswith('image: http://127.0.0.1:')
    finally:
        images.close()
    with pytest.raises(BackendError, match='--image web'):
        ImageWindow('nowhere')


def test_unknown_images_are_refused():
    assert isinstance(open_view('none', 0), NoView)
    with pytest.raises(ConfigError, match="'hologram'; expected one of auto"):
        open_view('hologram', 0)


@pytest.mark.parametrize(
    ('name', 'key'),
    [('Up', Key.FORWARD), ('a', Key.LEFT), ('D', Key.RIGHT), ('space', Key.BRAKE), ('F1', None)],
)
def test_keys_of_the_window(name, key):
    assert key_named(name) is key


class FakeTk:
    """Tk without a display: keeps what is bound."""

    TclError = OSError

    def __init__(self):
        self.bound = {}

    def Tk(self):  # noqa: N802
        return self

    def Label(self, *_, **__):  # noqa: N802
        return self

    def bind(self, name, function):
        self.bound[name] = function

    def fire(self, name, keysym=''):
        self.bound[name](SimpleNamespace(keysym=keysym))

    def pack(self):
        pass

    title = protocol = lambda self, *_: None
    update = destroy = pack


def test_a_key_that_stays_down_in_the_window_stays_pressed(monkeypatch):
    tk = FakeTk()
    monkeypatch.setitem(sys.modules, 'tkinter', tk)
    window = ImageWindow('title')
    tk.fire('<KeyPress>', 'Left')
    tk.fire('<KeyPress>', 'p')
    tk.fire('<KeyPress>', 'F5')
    assert window.take_keys() == [(Key.LEFT, True), (Key.EXPERT, True), (Key.LEFT, True)]
    assert window.take_keys() == [(Key.LEFT, True)]
    tk.fire('<KeyRelease>', 'Left')
    assert window.take_keys() == [(Key.LEFT, False)]
    tk.fire('<KeyPress>', 'Up')
    tk.fire('<FocusOut>')
    window.take_keys()
    assert window.take_keys() == []
    window.close()
