# SPDX-License-Identifier: Apache-2.0
"""Settings of the server for Foxglove."""

from __future__ import annotations

from dataclasses import dataclass

from simlingo_core.config import parameter, validate


@dataclass(frozen=True, kw_only=True)
class FoxgloveConfig:
    """All parameters of the node."""

    role_name: str = parameter('ego_vehicle', description="The car's role name.")
    camera_id: str = parameter('rgb_front', description='Id of the front camera.')
    host: str = parameter(
        '127.0.0.1', description='Address to listen on; there is no password on it.'
    )
    port: int = parameter(8765, low=0, high=65535, description='Port; 0: any free one.')

    def __post_init__(self) -> None:
        validate(self)
