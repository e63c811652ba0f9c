# SPDX-License-Identifier: Apache-2.0
"""Definition of an interface: name, type, quality of service, rate, sender and listeners."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from simlingo_core.errors import ContractError

DEFAULT_ROLE = 'ego_vehicle'
DEFAULT_CAMERA = 'rgb_front'


class Kind(StrEnum):
    """Kind of an interface."""

    TOPIC = 'topic'
    SERVICE = 'service'
    ACTION = 'action'


@dataclass(frozen=True)
class Qos:
    """Quality of service; history is always keep-last.

    Attributes:
        depth: number of messages kept.
        is_reliable: whether lost messages are sent again.
        is_latched: whether a late subscriber receives the last messages (transient local).
    """

    depth: int
    is_reliable: bool = True
    is_latched: bool = False

    def __str__(self) -> str:
        reliability = 'reliable' if self.is_reliable else 'best effort'
        return f'{reliability}{", latched" if self.is_latched else ""}, depth {self.depth}'


NEWEST = Qos(1)
BRIDGE = Qos(10)
LATCHED = Qos(1, is_latched=True)
BRIDGE_LATCHED = Qos(10, is_latched=True)
# For subscribers in lockstep, which must not lose a frame: room for the queued frames
# (``simlingo_core.schedule.QUEUED_TICKS``) and one that is sent again twice a second for 20 s.
PATIENT = Qos(50)
# For a recorder that runs with low priority: ten seconds of ticks.
RECORD_DEPTH = 200
TF = Qos(100)
# Pieces of sound: some seconds, if the listener is busy.
SOUND = Qos(100)
CLOCK = Qos(1, is_reliable=False)
NOTIFY = Qos(10)


@dataclass(frozen=True, kw_only=True)
class Interface:
    """One topic, service or action.

    Attributes:
        name: name, which may hold ``{role}`` and ``{camera}``.
        type: full type name, such as ``std_msgs/msg/Bool``.
        sender: name of the publisher or server.
        listeners: names of the subscribers or clients.
        meaning: one phrase, with unit and frame.
        qos: quality of service of the publisher.
        listener_qos: quality of service of subscribers, where it differs.
        rate_hz: rate expected in real time; None: messages are sent on events.
        kind: topic, service or action.
    """

    name: str
    type: str
    sender: str
    listeners: tuple[str, ...]
    meaning: str
    qos: Qos = BRIDGE
    listener_qos: Qos | None = None
    rate_hz: float | None = None
    kind: Kind = Kind.TOPIC

    def resolve(self, role: str = DEFAULT_ROLE, camera: str = DEFAULT_CAMERA) -> str:
        """Return the name with role and camera filled in.

        Raises:
            ContractError: a part is no valid ROS name.
        """
        for label, part in (('role', role), ('camera', camera)):
            if not part.isidentifier():
                raise ContractError(
                    f'{label} is {part!r}; expected letters, digits and underscores, such as '
                    f'{DEFAULT_ROLE!r}'
                )
        return self.name.format(role=role, camera=camera)

    @property
    def subscription_qos(self) -> Qos:
        """Quality of service that a subscriber requests."""
        return self.listener_qos or self.qos


# Names of senders and listeners.
WORLD, PERCEPTION, PLANNER, CONTROL, VOICE = 'world', 'perception', 'planner', 'control', 'voice'
USER, DISPLAY, LOCALISATION = 'user', 'display', 'localisation'
