# SPDX-License-Identifier: Apache-2.0
import math

import pytest

from simlingo_core.errors import ConfigError, NonFiniteError
from simlingo_ros.monitors import Level, RateMonitor


def feed(monitor, hz, seconds, start_s=100.0, age_s=0.0):
    count = round(hz * seconds)
    for i in range(count + 1):
        monitor.record(start_s + i / hz, age_s)
    return start_s + count / hz


def test_nothing_ever_is_stale():
    status = RateMonitor(20.0).evaluate(5.0)
    assert (status.level, status.message) == (Level.STALE, 'nothing has arrived yet')


@pytest.mark.parametrize(('hz', 'level'), [(20.0, Level.OK), (17.0, Level.OK), (10.0, Level.WARN)])
def test_the_rate_decides(hz, level):
    monitor = RateMonitor(20.0)
    now_s = feed(monitor, hz, 5.0)
    status = monitor.evaluate(now_s)
    assert status.level is level
    assert status.values['rate_hz'] == pytest.approx(hz, abs=0.6)


def test_a_young_stream_is_judged_by_what_there_is():
    monitor = RateMonitor(20.0)
    now_s = feed(monitor, 20.0, 0.25)
    assert monitor.evaluate(now_s).level is Level.OK


def test_silence_is_stale_until_something_comes():
    monitor = RateMonitor(20.0, silence_limit_s=0.5)
    now_s = feed(monitor, 20.0, 3.0)
    assert monitor.evaluate(now_s + 0.4).level is not Level.STALE
    status = monitor.evaluate(now_s + 60.0)
    assert (status.level, status.message) == (Level.STALE, 'nothing for 60.0 s; expected 20 Hz')
    now_s = feed(monitor, 20.0, 3.0, start_s=now_s + 60.0)
    assert monitor.evaluate(now_s).level is Level.OK


def test_old_data_is_a_warning():
    monitor = RateMonitor(20.0, age_limit_s=0.1)
    now_s = feed(monitor, 20.0, 3.0, age_s=0.25)
    status = monitor.evaluate(now_s)
    assert (status.level, status.values['age_s']) == (Level.WARN, 0.25)


def test_nonsense_is_refused():
    with pytest.raises(ConfigError, match='positive'):
        RateMonitor(0.0)
    with pytest.raises(NonFiniteError, match='age_s'):
        RateMonitor(1.0).record(0.0, math.nan)
