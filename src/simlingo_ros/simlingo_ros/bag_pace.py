# SPDX-License-Identifier: Apache-2.0
"""The messages of a bag at the pace they were recorded with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from threading import Event

from simlingo_ros.bag_format import from_bag_qos
from simlingo_ros.bag_reader import BagReader, Topic

# A longer silence of the bag is reported before it is waited for.
GAP_LOGGED_S = 5.0


def paced(
    bag: BagReader,
    names: Iterable[str],
    stop: Event,
    *,
    rate: float = 1.0,
    start_s: float = 0.0,
    duration_s: float | None = None,
    on_gap: Callable[[float], None] = lambda _: None,
) -> Iterator[tuple[Topic, int, bytes]]:
    """Yield each message when it is due; first what was latched before the start.

    Args:
        bag: the recording.
        names: of the topics.
        stop: ends it at once when it is set.
        rate: speed relative to the recording.
        start_s: where to begin, after the first message.
        duration_s: for how long, in the bag's time; None: to the end.
        on_gap: called with the seconds of a long silence before it is waited for.
    """
    names = list(names)
    begin_ns = bag.start_ns + round(start_s * 1e9)
    for name, content in latched_before(bag, names, start_s).items():
        yield bag.topics[name], begin_ns, content
    start_clock_s = time.monotonic()
    first_ns: int | None = None
    for topic, time_ns, data in bag.messages(names, start_s=start_s, duration_s=duration_s):
        first_ns = time_ns if first_ns is None else first_ns
        due_s = start_clock_s + (time_ns - first_ns) / 1e9 / rate
        wait_s = max(0.0, due_s - time.monotonic())
        if wait_s > GAP_LOGGED_S:
            on_gap(wait_s)
        if stop.wait(wait_s):
            return
        yield topic, time_ns, data


def latched_before(bag: BagReader, names: Iterable[str], start_s: float) -> dict[str, bytes]:
    """Return by topic the newest message before a time, of topics whose messages stay true."""
    latched = [name for name in names if stays_true(bag.topics[name])]
    if start_s <= 0.0 or not latched:
        return {}
    return {topic.name: data for topic, _, data in bag.messages(latched, duration_s=start_s)}


def stays_true(topic: Topic) -> bool:
    """Tell whether the last message of a topic is true until the next: latched ones and lights."""
    offered = getattr(topic.connections[0].ext, 'offered_qos_profiles', None)
    is_latched = from_bag_qos(offered[0]).is_latched if offered else False
    return is_latched or topic.type.endswith('TrafficLightStatusList')
