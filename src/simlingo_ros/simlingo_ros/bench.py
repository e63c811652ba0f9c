# SPDX-License-Identifier: Apache-2.0
"""Measure the transport of images between two processes and the cost of conversions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simlingo_core.errors import BackendError
from simlingo_ros.dds import dds_environment

TARGETS = {'age_median_ms': 6.0, 'age_p99_ms': 15.0, 'dropped': 0}
GRACE_S = 60.0

LABELS = {
    'age_median_ms': 'age, median [ms]',
    'age_p99_ms': 'age, 99th percentile [ms]',
    'age_max_ms': 'age, worst [ms]',
    'dropped': 'dropped after the first second',
    'received': 'received',
    'sent': 'sent',
    'to_message_ms': 'pixels to message [ms]',
    'to_view_ms': 'message to view [ms]',
    'to_bgr_ms': 'message to BGR copy [ms]',
    'to_jpeg_ms': 'BGR to JPEG [ms]',
    'from_jpeg_ms': 'JPEG to BGR [ms]',
    'sender_cpu_percent': 'sender [% of a core]',
    'receiver_cpu_percent': 'receiver [% of a core]',
    'load_average': 'load of the machine',
}


def run(
    duration_s: float = 60.0, *, rate_hz: float = 20.0, is_reliable: bool = True
) -> dict[str, Any]:
    """Send 1024x512 bgra8 images between two processes and measure.

    Returns:
        ``age_median_ms``, ``age_p99_ms`` and ``age_max_ms`` (stamp before the message is made, to
        a numpy view in the callback; first second left out), ``sent``, ``received``, ``dropped``
        (after the first second), the copy costs ``to_message_ms``, ``to_view_ms``, ``to_bgr_ms``,
        ``to_jpeg_ms``, ``from_jpeg_ms`` (medians), CPU shares, ``load_average``, ``targets`` and
        ``passed``.

    Raises:
        BackendError: a process failed or nothing arrived.
    """
    sides = _run_processes(duration_s, rate_hz, is_reliable=is_reliable)
    ages_ms = {int(number): age for number, age in sides.pop('ages_ms').items()}
    first = min(round(rate_hz), sides['sent'] - 1)
    settled = [age for number, age in ages_ms.items() if number >= first]
    if not settled:
        raise BackendError('no image arrived; see "simlingo doctor" (shared memory, loopback)')
    result: dict[str, Any] = {
        'duration_s': duration_s,
        'rate_hz': rate_hz,
        'age_median_ms': float(np.median(settled)),
        'age_p99_ms': float(np.percentile(settled, 99)),
        'age_max_ms': max(settled),
        'received': len(ages_ms),
        'dropped': sides['sent'] - first - len(settled),
        **sides,
        **measure_copies(),
        'load_average': os.getloadavg()[0],
        'targets': TARGETS,
    }
    result['passed'] = all(result[name] <= limit for name, limit in TARGETS.items())
    return result


def measure_copies(repeats: int = 30) -> dict[str, float]:
    """Return the median cost of each image conversion in milliseconds."""
    from simlingo_ros import images

    pixels = np.random.default_rng(0).integers(0, 256, (512, 1024, 4), dtype=np.uint8)
    # Smooth like a photograph: noise would make JPEG several times as slow.
    pixels = np.kron(pixels[::16, ::16], np.ones((16, 16, 1), np.uint8))
    message = images.array_to_image(pixels, 'bgra8')
    bgr = images.image_to_bgr(message)
    jpeg = images.encode_compressed(bgr, 'bgr8')
    return {
        'to_message_ms': _median_ms(lambda: images.array_to_image(pixels, 'bgra8'), repeats),
        'to_view_ms': _median_ms(lambda: images.image_to_array(message), repeats),
        'to_bgr_ms': _median_ms(lambda: images.image_to_bgr(message), repeats),
        'to_jpeg_ms': _median_ms(lambda: images.encode_compressed(bgr, 'bgr8'), repeats),
        'from_jpeg_ms': _median_ms(lambda: images.decode_compressed(jpeg), repeats),
    }


def format_table(result: Mapping[str, Any]) -> str:
    """Return the result as a table for people."""
    lines = [
        f'1024x512 bgra8 at {result["rate_hz"]:g} Hz over {result["duration_s"]:g} s, '
        f'{"all targets met" if result["passed"] else "TARGETS MISSED"}',
        f'{"":34}{"measured":>12}{"target":>12}',
    ]
    for name, label in LABELS.items():
        value = result[name]
        text = f'{value:.2f}' if isinstance(value, float) else str(value)
        target = f'<= {TARGETS[name]:g}' if name in TARGETS else ''
        lines.append(f'{label:34}{text:>12}{target:>12}'.rstrip())
    return '\n'.join(lines)


def _run_processes(duration_s: float, rate_hz: float, *, is_reliable: bool) -> dict[str, Any]:
    """Run sender and receiver; return their results together."""
    topic = f'/bench_{os.getpid()}/image'
    environment = {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST', **os.environ}
    base = [sys.executable, '-m', 'simlingo_ros.bench_process']
    options = ['--topic', topic, '--duration-s', str(duration_s), '--rate-hz', str(rate_hz)]
    extra = [] if is_reliable else ['--best-effort']
    receiver = subprocess.Popen(
        [*base, 'receive', *options, *extra], stdout=subprocess.PIPE, env=environment
    )
    sender = subprocess.Popen(
        [*base, 'send', *options],
        stdout=subprocess.PIPE,
        env={**environment, **dds_environment()},
    )
    try:
        outputs = [p.communicate(timeout=duration_s + GRACE_S)[0] for p in (sender, receiver)]
    except subprocess.TimeoutExpired as error:
        raise BackendError(f'the measurement took over {duration_s + GRACE_S:g} s') from error
    finally:
        for process in (sender, receiver):
            if process.poll() is None:
                process.kill()
            process.wait()
    if sender.returncode or receiver.returncode:
        raise BackendError(
            f'sender ended with {sender.returncode}, receiver with {receiver.returncode}'
        )
    results: dict[str, Any] = {}
    for output in outputs:
        results.update(json.loads(output))
    return results


def _median_ms(function: Callable[[], object], repeats: int) -> float:
    """Return the median duration of a call."""
    durations_ms = []
    for _ in range(repeats):
        start_ns = time.perf_counter_ns()
        function()
        durations_ms.append((time.perf_counter_ns() - start_ns) / 1e6)
    return float(np.median(durations_ms))


if __name__ == '__main__':
    print(format_table(run(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)))
