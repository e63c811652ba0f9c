# SPDX-License-Identifier: Apache-2.0
"""What an interface is: name, type, quality of service, rate, sender and listeners."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from simlingo_core.errors import ContractError

DEFAULT_ROLE = 'ego_vehicle'
DEFAULT_CAMERA = 'rgb_front'


class Kind(StrEnum):
    """How parties meet."""

    TOPIC = 'topic'
    SERVICE = 'service'
    ACTION = 'action'


@dataclass(frozen=True)
class Qos:
    """Quality of service; history is always keep-last.

    Attributes:
        depth: messages kept.
        is_reliable: lost messages are sent again.
        is_latched: a late subscriber gets the last messages (transient local).
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
# Of subscribers in lockstep, which must not lose a frame: the frames under way
# (``simlingo_core.schedule.QUEUED_TICKS``) and one sent again twice a second for 20 s.
PATIENT = Qos(50)
# Messages that wait for one who records a drive and gives way: ten seconds of ticks.
RECORD_DEPTH = 200
TF = Qos(100)
CLOCK = Qos(1, is_reliable=False)
NOTIFY = Qos(10)


@dataclass(frozen=True, kw_only=True)
class Interface:
    """One topic, service or action.

    Attributes:
        name: may hold ``{role}`` and ``{camera}``.
        type: such as ``std_msgs/msg/Bool``.
        sender: who publishes or serves.
        listeners: who subscribes or calls.
        meaning: one phrase, with unit and frame.
        qos: of the publisher.
        listener_qos: of subscribers where it differs.
        rate_hz: expected in real time; None: when something happens.
        kind: how parties meet.
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
        """What a subscriber asks for."""
        return self.listener_qos or self.qos


# Names of those who send and listen.
WORLD, PERCEPTION, PLANNER, CONTROL, VOICE = 'world', 'perception', 'planner', 'control', 'voice'
USER = 'user'
