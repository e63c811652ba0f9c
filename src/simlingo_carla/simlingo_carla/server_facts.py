# SPDX-License-Identifier: Apache-2.0
"""What a running CARLA server says of itself, for ``simlingo doctor --carla``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from simlingo_carla.carla_client import CarlaClient, ClientFactory, base_name
from simlingo_carla.world_config import CarlaConfig
from simlingo_core.errors import WorldError

TIMEOUT_S = 5.0
CLOCK_PAUSE_S = 0.5
ROLES = ('hero', 'ego_vehicle')


@dataclass(frozen=True, kw_only=True)
class ServerFacts:
    """What was found.

    Attributes:
        address: of the server.
        error: why nothing else is known; empty: it answered.
        server_version, client_version: as both say.
        town: that is loaded.
        is_synchronous: whether the server waits for a tick.
        period_s: fixed time of a tick; 0: none.
        has_ticked: whether time went on while it was looked at.
        car: role of the car that a stack would drive; empty: there is none.
        sensors: blueprints of the sensors on that car.
    """

    address: str
    error: str = ''
    server_version: str = ''
    client_version: str = ''
    town: str = ''
    is_synchronous: bool = False
    period_s: float = 0.0
    has_ticked: bool = False
    car: str = ''
    sensors: tuple[str, ...] = ()


def collect_server_facts(
    config: CarlaConfig, make_client: ClientFactory | None = None
) -> ServerFacts:
    """Ask a server; one that does not answer, or does not fit, is a fact as well.

    Args:
        config: host and port.
        make_client: makes the client; None: that of the installed ``carla``.
    """
    address = f'{config.host}:{config.port}'
    try:
        client = CarlaClient(
            config.host, config.port, min(config.timeout_s, TIMEOUT_S), make_client
        )
        with client.calls('look around'):
            return _ask(address, client.client)
    except WorldError as error:
        return ServerFacts(address=address, error=str(error))


def _ask(address: str, client: Any) -> ServerFacts:
    world = client.get_world()
    settings, first = world.get_settings(), world.get_snapshot().frame
    time.sleep(CLOCK_PAUSE_S)
    has_ticked = world.get_snapshot().frame != first
    actors = list(world.get_actors())
    cars = [a for a in actors if a.attributes.get('role_name') in ROLES]
    sensors = [
        str(actor.type_id)
        for actor in actors
        if cars and actor.parent is not None and actor.parent.id == cars[0].id
    ]
    return ServerFacts(
        address=address,
        server_version=str(client.get_server_version()),
        client_version=str(client.get_client_version()),
        town=base_name(world.get_map().name),
        is_synchronous=bool(settings.synchronous_mode),
        period_s=float(settings.fixed_delta_seconds or 0.0),
        has_ticked=has_ticked,
        car=str(cars[0].attributes['role_name']) if cars else '',
        sensors=tuple(sorted(sensors)),
    )
