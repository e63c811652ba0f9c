# SPDX-License-Identifier: Apache-2.0
"""The live page of a running stack in a headless Chromium, in lockstep: no speed is demanded."""

import json
import signal
import socket

import pytest
from rosbags.highlevel import AnyReader

from simlingo_view.page.browser import Browser, find_browser

pytestmark = [
    pytest.mark.ros,
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason='no Chromium is installed'),
]
IMAGES = "Number(document.querySelector('#camera').dataset.images || 0)"
TIME = "parseFloat(document.querySelector('#n-time').textContent)"
SPEED = "parseFloat(document.querySelector('#n-speed').textContent)"
# The road is drawn on one colour where the world gives no image from above.
TOP_COLOURS = """(() => {
  const c = document.querySelector('#top'), d = c.getContext('2d').getImageData(0, 0, c.width, 40);
  const seen = new Set();
  for (let i = 0; i < d.data.length; i += 4) seen.add(d.data.slice(i, i + 3).join());
  return seen.size;
})()"""
LIMIT_S = 300.0


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def words(port, *more):
    fixed = ('policy:=route', 'route:=train:22', 'lockstep:=true', 'page:=true')
    return (*fixed, f'page_port:={port}', 'top_view_period_ticks:=4', *more)


def say(browser, text):
    browser.click('#text')
    browser.type_text(text)
    browser.press('Enter')


def test_drive_talk_pause_step_and_start_again(up, port, tmp_path):
    run = up(*words(port), options=())
    run.wait_for('live page is at')
    with Browser(1280, 1010) as browser:
        browser.open(f'http://127.0.0.1:{port}/')
        browser.wait_for(f'{IMAGES} > 3 && {SPEED} > 1', LIMIT_S)
        # The image from above is that of the world.
        browser.wait_for(f'{TOP_COLOURS} > 50', LIMIT_S)
        say(browser, 'slow down')
        browser.wait_for("document.querySelector('#active').textContent === 'slow down'", LIMIT_S)
        say(browser, '<script>document.title=1</script>')
        browser.wait_for("document.querySelectorAll('#instructions .state').length === 2", LIMIT_S)
        browser.wait_for(
            "document.querySelector('#instructions .state').textContent === 'rejected'", LIMIT_S
        )
        assert browser.evaluate('document.title') == 'SimLingo live'
        check_pause_and_step(browser)
        browser.screenshot(tmp_path / 'live.png')

        run.interrupt(signal.SIGINT)
        run.wait()
        browser.wait_for("document.querySelector('#connection').classList.contains('lost')")
        seen = browser.evaluate(IMAGES)
        up(*words(port), options=()).wait_for('live page is at')
        browser.wait_for(f'{IMAGES} > {seen} + 3', LIMIT_S)
        assert browser.text('#connection') == 'connected'


def check_pause_and_step(browser):
    """The world stands while it is paused, and each step takes it 0.05 s further."""
    browser.click('#pause')
    browser.wait_for("document.querySelector('#pause').textContent === 'Play'", LIMIT_S)
    paused_s = settled_time(browser)
    for _ in range(4):
        browser.click('#step')
        stepped_s = settled_time(browser)
    assert stepped_s - paused_s == pytest.approx(0.2, abs=0.11)
    browser.click('#pause')
    browser.wait_for(f'{TIME} > {stepped_s} + 0.5', LIMIT_S)


def settled_time(browser):
    """Return the time that is shown, once it has stayed for two seconds."""
    return browser.evaluate(f"""new Promise((done) => {{
      let last = {TIME}, count = 0;
      const look = setInterval(() => {{
        const now = {TIME};
        count = now === last ? count + 1 : 0;
        last = now;
        if (count > 8) {{ clearInterval(look); done(now); }}
      }}, 250);
    }})""")


def test_a_demo_is_watched_and_its_recording_is_opened(tmp_path, port):
    from test_demo import SHORT_ROUTE, Demo

    options = ('--policy', 'route', '--lockstep', '--page', '--page-port', str(port))
    demo = Demo(tmp_path, SHORT_ROUTE, *options)
    try:
        demo.wait_for('live page is at', LIMIT_S)
        with Browser(390, 844) as browser:
            browser.open(f'http://127.0.0.1:{port}/')
            browser.wait_for(f'{IMAGES} > 3 && {SPEED} > 1', LIMIT_S)
            say(browser, 'stop')
            browser.wait_for("document.querySelector('#active').textContent === 'stop'", LIMIT_S)
            say(browser, 'drive on')
        demo.process.wait(2 * LIMIT_S)
        assert 'Traceback' not in demo.text
        check_recording(demo.folder / 'episode.mcap')
    finally:
        demo.close()


def check_recording(path):
    """Rosbags reads it, and an evaluation gives a verdict."""
    from simlingo_evaluation.replay.evaluation import Request, evaluate_bag

    with AnyReader([path]) as bag:
        counts = {connection.topic: connection.msgcount for connection in bag.connections}
        chosen = [c for c in bag.connections if c.topic == '/simlingo/instruction']
        texts = [bag.deserialize(raw, c.msgtype).text for c, _, raw in bag.messages(chosen)]
    assert {'stop', 'drive on'} <= set(texts)
    assert '/carla/ego_vehicle/rgb_front/preview/compressed' not in counts
    evaluation = evaluate_bag(path, Request(policy='recorded', out=path.parent / 'replay'))
    assert evaluation.summary['plans'] > 10
    numbers = json.loads((evaluation.folder / 'summary.json').read_text())
    assert numbers['measures']['ade_1s']['mean'] < 5.0
