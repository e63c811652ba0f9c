# SPDX-License-Identifier: Apache-2.0
"""The server of the live page by HTTP and web socket, as a browser and as strangers use it."""

import asyncio
import io
import json
import threading

import aiohttp
import pytest

from simlingo_core.errors import BackendError
from simlingo_core.types import InstructionKind
from simlingo_view.page.access import Access
from simlingo_view.page.gateway import Gateway
from simlingo_view.page.hub import MOST_EVENTS, Outbox
from simlingo_view.page.requests_to_stack import StackRequests
from simlingo_view.page.server import FILES, LARGEST_BODY_BYTES, PageServer

LIMIT_S = 20.0
JSON = {'Content-Type': 'application/json'}


class Stack:
    """Notes what it is asked for; has no planner once ``is_silent``."""

    def __init__(self):
        self.instructions, self.actions, self.stops, self.is_silent = [], [], [], False
        self.sounds = []

    def say(self, instruction):
        if self.is_silent:
            raise BackendError('nobody listens to instructions: the planner does not run')
        self.instructions.append(instruction)

    def hear(self, samples):
        self.sounds.append(samples)

    def hold(self, is_held):
        self.sounds.append(is_held)

    def control_world(self, action):
        self.actions.append(action)

    def consider(self, instruction, done, failed):
        done(None, f'not understood: {instruction.text}', '')

    def stop(self, is_on, done, failed):
        self.stops.append(is_on)
        done()

    def begin(self, route, situation, seed, done, failed):
        done(route == 'test:8', 'there is no such route')


class Page:
    """A server with its stack; ``request`` and ``watch`` are what a client does."""

    def __init__(self, host='127.0.0.1', token=''):
        self.stack, self.counts, self.changed = Stack(), [], threading.Condition()
        gateway = Gateway(StackRequests(self.stack), lambda call: call())
        access = Access(host, token)
        self.server = PageServer(access, host, 0, gateway.submit, self._note_count)
        self.url = self.server.url.partition('?')[0].replace('0.0.0.0', '127.0.0.1')

    def _note_count(self, count):
        with self.changed:
            self.counts.append(count)
            self.changed.notify_all()

    def wait_for_count(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: self.counts[-1:] == [count], LIMIT_S)

    def request(self, method, path, **options):
        async def run():
            async with (
                aiohttp.ClientSession() as session,
                session.request(
                    method, self.url + path, allow_redirects=False, **options
                ) as answer,
            ):
                return answer.status, answer.headers, await answer.text()

        return asyncio.run(asyncio.wait_for(run(), LIMIT_S))

    def post(self, name, body, **headers):
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        status, _, text = self.request(
            'POST', f'api/{name}', data=data, headers={**JSON, **headers}
        )
        return status, json.loads(text)

    def watch(self, messages):
        """Return so many messages; JSON is read."""

        async def run():
            received = []
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(self.url + 'live') as socket,
            ):
                while len(received) < messages:
                    message = await socket.receive()
                    is_text = message.type is aiohttp.WSMsgType.TEXT
                    received.append(json.loads(message.data) if is_text else message.data)
            return received

        return asyncio.run(asyncio.wait_for(run(), LIMIT_S))


@pytest.fixture
def page():
    page = Page()
    yield page
    page.server.close()


def test_every_file_is_served_and_may_load_nothing_from_elsewhere(page):
    for path, (_, content_type) in FILES.items():
        status, headers, text = page.request('GET', path[1:])
        assert (status, headers['Content-Type'].partition(';')[0]) == (200, content_type)
        assert "default-src 'none'" in headers['Content-Security-Policy']
        assert 'http://' not in text
        assert 'https://' not in text.replace('https:', '', 1)
    assert page.request('GET', 'no_such_file')[0] == 404
    assert page.request('GET', '..%2fserver.py')[0] == 404


def test_words_reach_the_planner_as_they_are_typed(page):
    hostile = '<script>alert("x")</script>'
    status, answer = page.post('say', {'text': hostile})
    assert status == 200
    assert page.stack.instructions[0].text == hostile
    assert page.stack.instructions[0].id == answer['id']
    page.post('say', {'text': 'why do you stop?', 'kind': 'ask'})
    page.post('cancel', {})
    kinds = [instruction.kind for instruction in page.stack.instructions[1:]]
    assert kinds == [InstructionKind.ASK, InstructionKind.CANCEL]


def test_sound_of_a_watcher_is_handed_over_and_other_bytes_are_not(page):
    async def send():
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(page.url + 'live') as socket,
        ):
            await socket.send_str('hold')
            for data in (b'', b'123', b'1234'):
                await socket.send_bytes(data)
            await socket.send_str('{"x": 1}')

    asyncio.run(asyncio.wait_for(send(), LIMIT_S))
    page.wait_for_count(0)
    assert page.stack.sounds == [True, b'1234', False]


def test_the_other_requests_arrive(page):
    assert page.post('stop', {'stop': True}) == (200, {'stop': True})
    assert page.stack.stops == [True]
    assert page.post('world', {'action': 'step'})[0] == 200
    assert page.stack.actions == ['step']
    assert page.post('episode', {'route': 'test:8', 'seed': 3})[0] == 200
    status, answer = page.post('episode', {'route': 'test:99'})
    assert (status, answer['error']) == (400, 'there is no such route')
    status, answer = page.post('consider', {'text': 'fly'})
    assert (status, answer['plan'], answer['reason']) == (200, None, 'not understood: fly')


@pytest.mark.parametrize(
    ('name', 'body', 'status', 'words'),
    [
        ('say', {'text': ''}, 400, 'empty'),
        ('say', {'text': 'x' * 501}, 400, '501 characters'),
        ('say', {'text': 'x' * 2**20}, 413, f'{LARGEST_BODY_BYTES} bytes'),
        ('say', {'text': 7}, 400, 'text is 7'),
        ('say', {'text': 'stop', 'kind': 'shout'}, 400, "kind is 'shout'"),
        ('say', {'text': 'a\0b'}, 400, 'code 0'),
        ('say', b'{"text": "\\ud800"}', 400, 'half a character'),
        ('say', b'{"text"', 400, 'no JSON'),
        ('say', b'\xff\xfe', 400, 'no JSON'),
        ('say', b'[' * 4000, 400, 'no JSON'),
        ('say', [], 400, 'expected an object'),
        ('stop', {'stop': 'yes'}, 400, 'true or false'),
        ('world', {'action': 'explode'}, 400, "action is 'explode'"),
        ('episode', {'route': 'test:8', 'seed': -1}, 400, 'seed is -1'),
        ('episode', {'route': 'test:8', 'seed': 1e300}, 400, 'seed is 1e+300'),
        ('fly', {}, 400, "no request 'fly'"),
    ],
)
def test_bad_requests_are_refused_with_the_reason(page, name, body, status, words):
    found, answer = page.post(name, body)
    assert (found, words in answer['error']) == (status, True), answer
    assert page.stack.instructions == page.stack.stops == page.stack.actions == []


def test_a_stack_that_is_not_there_is_named(page):
    page.stack.is_silent = True
    status, answer = page.post('say', {'text': 'stop'})
    assert (status, 'planner does not run' in answer['error']) == (503, True)


def test_other_web_sites_in_the_same_browser_are_refused(page):
    assert page.post('stop', {'stop': True}, Origin='http://evil.example')[0] == 403
    assert page.post('stop', {'stop': True}, Host='evil.example')[0] == 403
    form = {'Content-Type': 'text/plain'}
    assert page.request('POST', 'api/stop', data='{"stop": true}', headers=form)[0] == 415
    assert page.request('GET', 'live', headers={'Origin': 'http://evil.example'})[0] == 403
    assert page.stack.stops == []
    own = page.url.rstrip('/')
    assert page.post('stop', {'stop': True}, Origin=own)[0] == 200


def test_other_machines_need_the_token():
    page = Page('0.0.0.0')
    try:
        token = page.server.url.partition('token=')[2]
        assert len(token) > 16
        assert page.request('GET', '')[0] == 403
        assert page.post('stop', {'stop': True})[0] == 403
        assert page.request('GET', 'live')[0] == 403
        status, headers, _ = page.request('GET', f'?token={token}')
        assert (status, headers['Location']) == (303, '/')
        cookie = headers['Set-Cookie'].partition(';')[0]
        assert 'HttpOnly' in headers['Set-Cookie']
        assert page.request('GET', '', headers={'Cookie': cookie})[0] == 200
        assert page.post('stop', {'stop': True}, Authorization=f'Bearer {token}')[0] == 200
        assert page.request('GET', '?token=wrong')[0] == 403
    finally:
        page.server.close()


def test_watchers_are_counted_and_the_late_receive_what_is_kept(page):
    page.server.publish('{"type": "hello"}', key='hello', is_kept=True)
    page.server.publish('{"type": "state"}', key='state')
    assert page.watch(1) == [{'type': 'hello'}]
    page.wait_for_count(0)
    assert page.counts == [1, 0]


def test_two_watchers_receive_the_same(page):
    received = []
    threads = [threading.Thread(target=lambda: received.append(page.watch(2))) for _ in range(2)]
    for thread in threads:
        thread.start()
    page.wait_for_count(2)
    page.server.publish('{"type": "commentary"}')
    page.server.publish(b'image', key='camera')
    for thread in threads:
        thread.join(LIMIT_S)
    assert received == [[{'type': 'commentary'}, b'image']] * 2


def test_a_second_page_on_the_same_port_is_refused(page):
    port = int(page.url.rstrip('/').rpartition(':')[2])
    with pytest.raises(BackendError, match='page_port'):
        PageServer(Access('127.0.0.1'), '127.0.0.1', port, page.server._submit, print)


def test_a_slow_watcher_skips_what_is_old():
    async def run():
        outbox = Outbox()
        for number in range(1000):
            outbox.put(f'image {number}', 'camera')
            outbox.put(f'event {number}', '')
        taken = [await outbox.take() for _ in range(MOST_EVENTS + 1)]
        assert taken[0] == f'event {1000 - MOST_EVENTS}'
        assert taken[-1] == 'image 999'

    asyncio.run(run())
