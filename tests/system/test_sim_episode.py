# SPDX-License-Identifier: Apache-2.0
"""``simlingo drive``: a person at a terminal, an image in the browser."""

import http.client
import io
import os
import pty
import re
import select
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from PIL import Image

SIMLINGO = Path(sys.executable).with_name('simlingo')
LIMIT_S = 60.0
EMPTY_STREETS = ('--vehicles', '0', '--pedestrians', '0')
SPEED = re.compile(r'(-?\d+) km/h of')


class Person:
    """Sits at a pseudo-terminal, presses keys and reads the screen."""

    def __init__(self, *arguments):
        self._end, self._other_end = pty.openpty()
        self.settings = termios.tcgetattr(self._other_end)
        # setsid makes it the terminal of the program, so that Ctrl-C is a signal, as in a shell.
        self.process = subprocess.Popen(
            ['setsid', '--ctty', str(SIMLINGO), 'drive', *arguments],
            stdin=self._other_end,
            stdout=self._other_end,
            stderr=self._other_end,
        )
        self.seen = ''

    def press(self, keys):
        os.write(self._end, keys)

    def look(self, timeout_s=0.1):
        if select.select([self._end], [], [], timeout_s)[0]:
            self.seen += os.read(self._end, 65536).decode(errors='replace')

    def wait_until(self, holds, keys=b'', limit_s=LIMIT_S):
        """Press keys again and again, as a keyboard does, until something holds."""
        deadline_s = time.monotonic() + limit_s
        while not holds():
            assert time.monotonic() < deadline_s, self.seen[-2000:]
            assert self.process.poll() is None, self.seen[-2000:]
            if keys:
                self.press(keys)
            self.look()

    @property
    def speed_kmh(self):
        speeds = SPEED.findall(self.seen)
        return int(speeds[-1]) if speeds else 0

    def wait(self):
        deadline_s = time.monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline_s, self.seen[-2000:]
            self.look()
        self.look()
        return self.process.returncode

    def settings_now(self):
        return termios.tcgetattr(self._other_end)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._end)
        os.close(self._other_end)


@pytest.fixture
def sit_down():
    people = []

    def start(*arguments):
        people.append(Person(*arguments))
        return people[-1]

    yield start
    for person in people:
        person.close()


def fetch_image(address):
    connection = http.client.HTTPConnection(address, timeout=20)
    try:
        connection.request('GET', '/frame.jpg')
        return Image.open(io.BytesIO(connection.getresponse().read()))
    finally:
        connection.close()


def test_a_person_drives_and_looks(sit_down):
    person = sit_down('--route', 'train:0', '--image', 'web', '--port', '0', *EMPTY_STREETS)
    person.wait_until(lambda: SPEED.search(person.seen))
    address = re.search(r'http://([\d.]+:\d+)/', person.seen).group(1)

    image = fetch_image(address)
    assert image.size == (1024, 512)
    assert len(image.resize((32, 16)).getcolors(512)) > 50

    person.wait_until(lambda: person.speed_kmh >= 5, keys=b'\x1b[A')
    person.wait_until(lambda: person.speed_kmh == 0, keys=b' ')
    person.press(b'p')
    person.wait_until(lambda: 'expert D' in person.seen)
    person.wait_until(lambda: person.speed_kmh >= 5)
    person.press(b'c')
    person.wait_until(lambda: fetch_image(address).size == (1024, 576))

    person.press(b'q')
    assert person.wait() == 0
    assert 'driving_score' in person.seen
    assert person.settings_now() == person.settings


def test_an_interrupt_gives_the_terminal_back(sit_down):
    person = sit_down('--route', 'train:0', '--image', 'none', *EMPTY_STREETS)
    person.wait_until(lambda: SPEED.search(person.seen))
    assert person.settings_now() != person.settings
    person.press(b'\x03')
    assert person.wait() == 130
    assert person.settings_now() == person.settings
    assert 'Traceback' not in person.seen


def test_bad_input_is_reported_in_one_line(sit_down):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for arguments, words in (
            (('--image', 'web', '--port', port), f'127.0.0.1:{port}'),
            (('--situation', 'red_lihgt'), 'red_light'),
            (('--seed', '-1'), 'seed'),
        ):
            person = sit_down('--image', 'none', *arguments)
            assert person.wait() == 2
            assert words in person.seen
            assert 'Traceback' not in person.seen
            assert person.settings_now() == person.settings


def test_without_a_terminal_it_says_so():
    run = subprocess.run(
        [str(SIMLINGO), 'drive'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert run.returncode == 2
    assert 'not a terminal' in run.stderr
    assert 'Traceback' not in run.stderr
