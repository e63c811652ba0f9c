# SPDX-License-Identifier: Apache-2.0
"""Settings of the node that plays a recording in place of a world."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class BagWorldConfig:
    """All parameters of the bag world.

    Raises:
        ConfigError: a value is out of range, or no bag is named.
    """

    bag: str = parameter('', description='Folder or file of the bag.')
    role_name: str = parameter('ego_vehicle', description="The car's role name in the graph.")
    camera_id: str = parameter('rgb_front', description='Id of the front camera in the graph.')
    rate: float = parameter(1.0, low=0.01, high=100.0, description='Times real time.')
    start_s: float = parameter(
        0.0, unit='s', low=0.0, description='Where to begin, after the first message.'
    )
    is_looped: bool = parameter(False, description='Begin again at the end.')
    start_delay_s: float = parameter(
        1.0, unit='s', low=0.0, high=60.0, description='Until the nodes have found each other.'
    )

    def __post_init__(self) -> None:
        validate(self)
        if not self.bag:
            raise ConfigError('bag is empty; name a recording: simlingo up world:=bag bag:=PATH')
