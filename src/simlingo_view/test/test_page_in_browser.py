# SPDX-License-Identifier: Apache-2.0
"""The page in a headless Chromium: real clicks and keys, what is drawn, what a reader hears."""

import threading
import time

import numpy as np
import pytest

from simlingo_core.errors import BackendError
from simlingo_core.geometry import Pose2, Pose3
from simlingo_core.status import InstructionState, InstructionStatus, SafetyLevel, SafetyState
from simlingo_core.types import Commentary, EgoState, InstructionKind, VehicleCommand
from simlingo_view.page.access import Access
from simlingo_view.page.browser import Browser, find_browser
from simlingo_view.page.config import PageConfig
from simlingo_view.page.feed import PageFeed
from simlingo_view.page.gateway import Gateway
from simlingo_view.page.requests_to_stack import StackRequests
from simlingo_view.page.server import PageServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason='no Chromium is installed'),
]
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>'


class Car:
    """A stack that answers, and drives a straight road in a thread of its own."""

    def __init__(self, plan, observation):
        self.instructions, self.stops, self.actions, self.sounds = [], [], [], []
        self.holds = []
        self._plan, self._observation = plan, observation
        gateway = Gateway(StackRequests(self), lambda call: call())
        self.server = PageServer(
            Access('127.0.0.1'), '127.0.0.1', 0, gateway.submit, lambda count: None
        )
        self.feed = PageFeed(PageConfig(), self.server.publish)
        self.feed.greet(role='ego_vehicle', is_lockstep=True)
        self.feed.add_choices('test:8', ['red_light'], 0, ['test:8', 'test:9'], ['red_light'])
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._drive)
        self._thread.start()

    def _drive(self):
        tick, grey = 0, np.full((512, 1024, 4), 90, np.uint8)
        while not self._end.wait(0.05):
            tick += 1
            t_s = 100.0 + 0.05 * tick
            if self.feed.is_image_due():
                self.feed.add_image(grey, 'bgra8', t_s)
            self.feed.add_ego(EgoState(t_s=t_s, pose_map=self._plan.pose_map, speed_mps=5.0))
            self.feed.add_command(VehicleCommand(throttle=0.4))
            reasons = ('emergency_stop',) if self.stops[-1:] == [True] else ()
            level = SafetyLevel.EMERGENCY if reasons else SafetyLevel.NOMINAL
            safety = SafetyState(t_s=t_s, level=level, reasons=reasons, plan_age_s=0.1)
            self.feed.add_safety(safety)
            self.feed.add_observation(self._observation)
            self.feed.add_plan(self._plan)
            self.feed.send_state(is_listened_to=True)

    def hear(self, samples):
        self.sounds.append(np.frombuffer(samples, np.int16))

    def hold(self, is_held):
        self.holds.append(is_held)

    def say(self, instruction):
        self.instructions.append(instruction)
        self.feed.add_instruction(instruction)
        state = InstructionState.ACTIVE
        if instruction.kind is InstructionKind.ASK:
            state = InstructionState.DONE
        reply = 'Because of the lamp.' if state is InstructionState.DONE else ''
        if instruction.id:
            self.feed.add_status(
                InstructionStatus(
                    t_s=1.0, id=instruction.id, state=state, reason=HOSTILE, spoken_reply=reply
                )
            )

    def control_world(self, action):
        self.actions.append(action)
        self.feed.add_world_action(action)

    def consider(self, instruction, done, failed):
        done(self._plan, 'understood as stop', '')

    def stop(self, is_on, done, failed):
        self.stops.append(is_on)
        done()

    def begin(self, route, situation, seed, done, failed):
        done(False, f'{route} has no place for {situation}')

    def close(self):
        if not self._end.is_set():
            self._end.set()
            self._thread.join()
            self.server.close()


@pytest.fixture
def car(plan, observation):
    pose = Pose3.from_planar(Pose2(10.0, 20.0, 0.0))
    car = Car(type(plan)(**vars(plan) | {'pose_map': pose}), observation)
    yield car
    car.close()


@pytest.fixture
def browser(car):
    with Browser(1280, 1000) as browser:
        browser.open(car.server.url)
        browser.wait_for("document.querySelector('#camera').dataset.images > 5")
        yield browser


def pixel(browser, selector, x, y):
    return browser.evaluate(
        f"[...document.querySelector('{selector}').getContext('2d')"
        f'.getImageData({x}, {y}, 1, 1).data]'
    )


def test_the_plan_is_drawn_where_the_camera_sees_it(browser):
    focal_px = 640 / (2 * np.tan(np.radians(55)))
    v_px = round(160 + focal_px * 2.0 / (12.0 + 1.5))
    browser.wait_for("document.querySelector('#n-speed').textContent.startsWith('5.0 m/s')")
    red, green, _, _ = pixel(browser, '#camera', 320, v_px)
    assert red > 180 > green
    assert pixel(browser, '#camera', 20, 20)[:3] == pytest.approx([90] * 3, abs=4)


def test_typing_clicking_and_hostile_words(browser, car, tmp_path):
    browser.click('#text')
    browser.type_text('slow down')
    browser.press('Enter')
    browser.wait_for("document.querySelector('#active').textContent === 'slow down'")
    assert car.instructions[0].text == 'slow down'
    browser.click('#text')
    browser.type_text('why do you stop?')
    browser.press('Enter')
    browser.wait_for("!!document.querySelector('#instructions .reply')")
    assert car.instructions[1].kind is InstructionKind.ASK
    assert browser.text('#instructions .reply') == 'Because of the lamp.'
    browser.click('#text')
    browser.type_text(HOSTILE)
    browser.click('#say')
    browser.wait_for("document.querySelectorAll('#instructions li').length === 3")
    car.feed.add_commentary(Commentary(t_s=1.0, text=HOSTILE))
    browser.wait_for(f"document.querySelector('#commentary').textContent === {HOSTILE!r}")
    assert HOSTILE in browser.text('#instructions')
    assert browser.evaluate('document.title') == 'SimLingo live'
    assert browser.evaluate("document.querySelectorAll('main img, main script').length") == 0
    browser.screenshot(tmp_path / 'page.png')
    assert (tmp_path / 'page.png').read_bytes().startswith(b'\x89PNG')


def test_stop_pause_what_if_and_another_episode(browser, car):
    browser.click('#stop')
    browser.wait_for("document.querySelector('#level').textContent === 'emergency'")
    assert 'emergency stop' in browser.text('#reasons')
    browser.wait_for("document.querySelector('#stop').getAttribute('aria-pressed') === 'true'")
    browser.click('#stop')
    browser.wait_for("document.querySelector('#level').textContent === 'nominal'")
    assert car.stops == [True, False]
    browser.click('#pause')
    browser.wait_for("document.querySelector('#pause').textContent === 'Play'")
    browser.click('#step')
    browser.click('#text')
    browser.type_text('stop')
    browser.click('#consider')
    browser.wait_for("document.querySelector('#talk-answer').textContent.includes('not driven')")
    assert 'understood as stop' in browser.text('#talk-answer')
    browser.click('#episode button')
    browser.wait_for("document.querySelector('#world-answer').classList.contains('bad')")
    assert car.actions == ['pause', 'step']


def test_sound_is_sent_while_the_button_is_held(browser, car):
    browser.wait_for("!document.querySelector('#speak').hidden")
    assert not car.sounds
    send = "document.querySelector('#speak').dispatchEvent(new PointerEvent('{}'))"
    browser.evaluate(send.format('pointerdown'))
    # The browser's microphone beeps once a second.
    wait_until(lambda: any(np.abs(sound).max() > 1000 for sound in car.sounds))
    assert browser.text('#speak') == 'Listening …'
    browser.evaluate(send.format('pointerup'))
    browser.wait_for("document.querySelector('#speak').getAttribute('aria-pressed') === 'false'")
    wait_until(lambda: len(car.sounds) > 8 and not np.concatenate(car.sounds[-8:]).any())
    assert {len(sound) for sound in car.sounds} == {2048}
    wait_until(lambda: car.holds == [True, False])


def wait_until(holds, limit_s=30.0):
    end_s = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.05)


def test_by_keyboard_alone_and_for_a_screen_reader(browser):
    browser.press('Tab')
    assert browser.evaluate('document.activeElement.className') == 'skip'
    browser.press('Tab')
    assert browser.evaluate('document.activeElement.id') == 'stop'
    names = [
        (node['role']['value'], node['name']['value'])
        for node in browser.call('Accessibility.getFullAXTree')['nodes']
        if node.get('name', {}).get('value') and 'role' in node
    ]
    assert ('textbox', 'Instruction or question') in names
    assert ('button', 'Emergency stop') in names
    nameless = browser.evaluate(
        "[...document.querySelectorAll('button, input, select, [role=img]')].filter((e) => "
        "!(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).length"
    )
    assert nameless == 0


def test_on_a_phone_nothing_is_wider_than_the_window(browser):
    browser.resize(390, 844, is_phone=True)
    assert browser.evaluate('document.documentElement.scrollWidth') <= 390


def test_the_page_says_that_the_connection_is_lost(browser, car):
    car.close()
    browser.wait_for("document.querySelector('#connection').classList.contains('lost')")
    browser.click('#stop')
    browser.wait_for("document.querySelector('#talk-answer').textContent.includes('reached')")


def test_without_a_browser_the_remedy_is_named(monkeypatch):
    monkeypatch.setenv('PATH', '/nowhere')
    monkeypatch.delenv('CHROMIUM', raising=False)
    with pytest.raises(BackendError, match='chromium'):
        Browser()
