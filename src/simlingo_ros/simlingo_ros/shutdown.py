# SPDX-License-Identifier: Apache-2.0
"""The last message of a node, which has to arrive before its process ends.

With the process ends all that could send a message again.  A publisher that no listener is
connected to yet drops the message at once and counts it as acknowledged: two processes that have
just started find each other one direction at a time, so a node may hear a topic of the other one
some time (tens of milliseconds, more on a busy machine) before it can speak to it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from rclpy.duration import Duration
from rclpy.publisher import Publisher

from simlingo_core.errors import BackendError

POLL_S = 0.005


def wait_for_listener(publisher: Publisher[Any], limit_s: float) -> bool:
    """Wait until somebody is connected to a publisher.

    Args:
        publisher: of any topic; the middleware connects it without the executor.
        limit_s: to wait at most, wall time.

    Returns:
        whether somebody is.
    """
    end_s = time.monotonic() + limit_s
    while publisher.get_subscription_count() == 0:
        if time.monotonic() >= end_s:
            return False
        time.sleep(POLL_S)
    return True


def require_heard(publishers: Sequence[Publisher[Any]], limit_s: float) -> None:
    """Wait until every connected listener has what was published.

    Args:
        publishers: reliable ones.
        limit_s: to wait at most, wall time, for all of them together.

    Raises:
        BackendError: a listener has not acknowledged it in time.
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
            'by everybody who listens; a listener was killed or hangs'
        )
