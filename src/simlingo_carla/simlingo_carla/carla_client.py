# SPDX-License-Identifier: Apache-2.0
"""A connection to a CARLA server whose every failure is an error that says what to do."""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import carla

from simlingo_core.errors import WorldError
from simlingo_core.frame import TICK_PERIOD_S

logger = logging.getLogger(__name__)

CLEAN_UP_TIMEOUT_S = 2.0
MOMENT_S, LONGEST_TRY_S = 0.2, 2.0
OLDEST_VERSION = (0, 9, 13)
ClientFactory = Callable[[str, int], Any]


class Spawned(Protocol):
    """Something on the server that was spawned here."""

    def destroy(self) -> None:
        """Take it away."""
        ...


class CarlaClient:
    """Connects when made; the version is checked.

    Args:
        host, port: of the server.
        timeout_s: a call that takes longer failed; loading a town may take ten times as long.
        make: makes the client; None: that of the installed ``carla``.

    Raises:
        WorldError: nobody answers there, or client and server do not fit.
    """

    def __init__(
        self, host: str, port: int, timeout_s: float, make: ClientFactory | None = None
    ) -> None:
        self._host, self._port, self._timeout_s = host, port, timeout_s
        with self.calls('connect'):
            if make is None:
                wait_for_port(host, port, timeout_s)
            self.client = (make or carla.Client)(host, port)
            self.client.set_timeout(timeout_s)
            server, own = self.client.get_server_version(), self.client.get_client_version()
        check_versions(str(server), str(own))

    @contextmanager
    def calls(self, purpose: str) -> Iterator[None]:
        """Turn the client's errors into a ``WorldError`` that names the purpose of the calls."""
        try:
            yield
        except RuntimeError as error:
            raise WorldError(
                f'CARLA at {self._host}:{self._port} failed ({purpose}): {error}; is the server '
                'running, and is this its port (CarlaUE4.sh -carla-rpc-port=2000)?'
            ) from error

    def leave(self, world: Any, settings: Any, spawned: Iterable[Spawned | None]) -> None:
        """Leave the server as it was found; one that does not answer is not waited for long.

        Args:
            world: of CARLA.
            settings: that it had.
            spawned: what is to be taken away; None: nothing.

        Raises:
            RuntimeError: the server no longer answers.
        """
        self.client.set_timeout(CLEAN_UP_TIMEOUT_S)
        with ExitStack() as stack:
            stack.callback(world.apply_settings, settings)
            for one in spawned:
                if one is not None:
                    stack.callback(one.destroy)
        self.client.set_timeout(self._timeout_s)

    def load_town(self, town: str) -> Any:
        """Return the world with this town; loaded only if the server has another one.

        Raises:
            WorldError: the server does not have the town.
        """
        self.check_towns([town])
        with self.calls(f'load {town}'):
            world = self.client.get_world()
            if base_name(world.get_map().name) == base_name(town):
                return world
            self.client.set_timeout(10.0 * self._timeout_s)
            try:
                return self.client.load_world(base_name(town))
            finally:
                self.client.set_timeout(self._timeout_s)

    def check_towns(self, towns: Iterable[str]) -> None:
        """Make sure that the server has these towns.

        Raises:
            WorldError: it does not have one.
        """
        with self.calls('look for towns'):
            loaded = base_name(self.client.get_world().get_map().name)
            wanted = sorted({base_name(town) for town in towns} - {loaded})
            known = {base_name(name) for name in self.client.get_available_maps()}
        if missing := [town for town in wanted if town not in known]:
            raise WorldError(
                f'the CARLA server has no town {", ".join(missing)}; expected some of '
                f'{", ".join(sorted(known))}: Town06, 07 and 11 to 15 are in the additional maps'
            )


def wait_for_port(host: str, port: int, timeout_s: float) -> None:
    """Wait until somebody listens; the client's own waiting can be interrupted by nothing.

    Raises:
        RuntimeError: nobody does in time, or there is no such host.
    """
    end_s = time.monotonic() + timeout_s
    while True:
        left_s = max(end_s - time.monotonic(), MOMENT_S)
        try:
            socket.create_connection((host, port), min(left_s, LONGEST_TRY_S)).close()
            return
        except socket.gaierror as error:
            raise RuntimeError(f'there is no host {host!r} ({error.strerror})') from error
        except OSError as error:
            if time.monotonic() > end_s - MOMENT_S:
                raise RuntimeError(
                    f'nobody has answered for {timeout_s:g} s ({error.strerror or error})'
                ) from error
        time.sleep(MOMENT_S)


def base_name(town: str) -> str:
    """Return ``Town01`` for ``Carla/Maps/Town01`` (0.9.13 and later) or ``Town01``."""
    return town.rpartition('/')[2]


def synchronous(settings: Any) -> Any:
    """Return the settings changed to a world that waits for a tick of 0.05 s."""
    settings.synchronous_mode = True
    settings.fixed_delta_seconds = TICK_PERIOD_S
    return settings


def check_versions(server: str, client: str) -> None:
    """Make sure that client and server can work together; a differing last number is warned of.

    Raises:
        WorldError: the server is older than 0.9.13, or of another generation than the client.
    """
    remedy = f'install the client of the server: pip install carla=={server}'
    ours, theirs = _numbers(client), _numbers(server)
    if not theirs or not ours:
        logger.warning('CARLA server %r, client %r: versions cannot be compared', server, client)
        return
    if theirs < OLDEST_VERSION:
        raise WorldError(f'the CARLA server is {server}; expected 0.9.13 or later')
    if theirs[:2] != ours[:2]:
        raise WorldError(f'the CARLA server is {server} and the client {client}; {remedy}')
    if theirs != ours:
        logger.warning('the CARLA server is %s and the client %s; %s', server, client, remedy)


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r'(\d+)\.(\d+)(?:\.(\d+))?', version)
    return tuple(int(number or 0) for number in found.groups()) if found else ()
