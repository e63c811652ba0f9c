# SPDX-License-Identifier: Apache-2.0
"""Delivery of the last message of a node before its process ends.

After the end of the process no message is sent again.  A publisher that has no subscriber yet
drops a message at once and counts it as acknowledged.  Two processes that have just started
discover each other one direction at a time, so a node may receive a topic of the other one some
time (tens of milliseconds, more on a busy machine) before its own messages reach it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from rclpy.duration import Duration
from rclpy.publisher import Publisher

from simlingo_core.errors import BackendError

POLL_S = 0.005


def wait_for_subscriber(publisher: Publisher[Any], limit_s: float) -> bool:
    """Wait until a subscriber is connected to a publisher.

    Args:
        publisher: the publisher; the middleware connects it without the executor.
        limit_s: longest time to wait, wall time.

    Returns:
        Whether a subscriber is connected.
    """
    end_s = time.monotonic() + limit_s
    while publisher.get_subscription_count() == 0:
        if time.monotonic() >= end_s:
            return False
        time.sleep(POLL_S)
    return True


def require_received(publishers: Sequence[Publisher[Any]], limit_s: float) -> None:
    """Wait until every connected subscriber has received what was published.

    Args:
        publishers: reliable publishers.
        limit_s: longest time to wait for all of them together, wall time.

    Raises:
        BackendError: a subscriber has not acknowledged it in time.
    """
    end_s = time.monotonic() + limit_s
    silent = [
        publisher.topic_name
        for publisher in publishers
        if not publisher.wait_for_all_acked(Duration(seconds=max(end_s - time.monotonic(), 0.0)))
    ]
    if silent:
        raise BackendError(
            f'the last message on {", ".join(silent)} was not acknowledged within {limit_s:g} s '
            'by all subscribers; one of them was killed or hangs'
        )
