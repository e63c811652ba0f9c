# SPDX-License-Identifier: Apache-2.0
"""Serve a policy to a simulator that speaks a contract of its own."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from simlingo_core.errors import ConfigError

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def run(
    egodriver: Annotated[
        bool,
        typer.Option(
            '--egodriver', help='The egodriver contract of AlpaSim and autoware_carla_scenario.'
        ),
    ] = False,
    policy: Annotated[
        str, typer.Option(help='mini, a model folder, or route or straight, which need no model.')
    ] = 'mini',
    host: Annotated[
        str, typer.Option(help='Address to listen at, or unix:///path; 0.0.0.0: every network.')
    ] = '127.0.0.1',
    port: Annotated[int, typer.Option(min=1, max=65535, help='TCP port.')] = 50051,
    mode: Annotated[
        str, typer.Option(help="carla: autoware_carla_scenario's runtime; alpasim: AlpaSim's.")
    ] = 'carla',
    camera: Annotated[
        str, typer.Option(help='Id of the front camera; empty: the one called front.')
    ] = '',
    instruction: Annotated[str, typer.Option(help='Given at the start of each rollout.')] = '',
    device: Annotated[str, typer.Option(help='Where a model computes: auto, cpu, cuda.')] = 'auto',
) -> None:
    """Serve a policy until Ctrl-C: ``simlingo serve --egodriver``."""
    if not egodriver:
        raise ConfigError('there is nothing to serve; expected --egodriver')
    if mode not in ('carla', 'alpasim'):
        raise ConfigError(f'mode is {mode!r}; expected carla or alpasim')
    _require_free(host, port)
    # Here and not at the top: grpc and the policies take a second to import.
    from carla_driver_interface.server import run_server

    from simlingo_carla.egodriver.policy_driver import PolicyDriver
    from simlingo_planner.config import PlannerNodeConfig
    from simlingo_planner.policies import load_policy

    settings = PlannerNodeConfig(policy=policy, device=device, order='action_only')
    driver = PolicyDriver(load_policy(settings), camera_id=camera, instruction=instruction)
    typer.echo(f'{driver.name}: egodriver on {host}:{port} ({mode}); Ctrl-C ends it')
    run_server(driver, port, host, mode='alpasim' if mode == 'alpasim' else 'carla')


def _require_free(host: str, port: int) -> None:
    """Make sure that nobody listens there: gRPC would share the port with another server.

    Raises:
        ConfigError: somebody does, or the address is not one of this machine.
    """
    if host.startswith('unix'):
        return
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigError(
            f'cannot listen at {host}:{port}: {error}; choose another --port, or an address of '
            'this machine as --host'
        ) from error
