# SPDX-License-Identifier: Apache-2.0
"""The reference page of all interfaces: ``python -m simlingo_ros.topics_page > topics.md``."""

from __future__ import annotations

from simlingo_ros.interfaces import SECTIONS, Interface, Kind

INTRODUCTION = """# Topics, services and actions

Made from `simlingo_ros/interfaces/` by `python -m simlingo_ros.topics_page`; change it there.

Names without a leading slash are in the stack's namespace (`/simlingo`). `{role}` is the role
name of the car (`ego_vehicle`), `{camera}` the id of the camera (`rgb_front`); both are
parameters.
*Latched* is transient local. Where subscribers request less than the publisher offers, both are
given. The rate is that expected in real time; a dash means that messages are sent on events.

Where a publisher offers best effort only, as sensor drivers do, the nodes subscribe as best
effort. A publisher that cannot be received for another reason is named in `/diagnostics` with its
quality of service, in the line *topic* `qos`. Depth, reliability and durability of every topic can
be set by the usual parameters, for example

```yaml
/simlingo/perception:
  ros__parameters:
    qos_overrides:
      /carla/ego_vehicle/global_plan:
        subscription:
          durability: volatile        # or transient_local
          reliability: best_effort    # or reliable
          depth: 1
```
"""

HEADER = '| name | type | from | to | quality of service | Hz | meaning |\n' + '|---' * 7 + '|'


def render_page() -> str:
    """Return the page as Markdown."""
    parts = [INTRODUCTION]
    for title, entries in SECTIONS.items():
        rows = '\n'.join(render_row(entry) for entry in entries)
        parts.append(f'## {title}\n\n{HEADER}\n{rows}\n')
    return '\n'.join(parts)


def render_row(entry: Interface) -> str:
    """Return one row of the table."""
    qos = str(entry.qos) if entry.kind is Kind.TOPIC else entry.kind.value
    if entry.listener_qos is not None:
        qos = f'{qos}; listeners: {entry.listener_qos}'
    rate = '–' if entry.rate_hz is None else f'{entry.rate_hz:g}'
    listeners = ', '.join(entry.listeners) or 'tools'
    cells = [f'`{entry.name}`', entry.type, entry.sender, listeners, qos, rate, entry.meaning]
    return '| ' + ' | '.join(cells) + ' |'


if __name__ == '__main__':
    print(render_page(), end='')
