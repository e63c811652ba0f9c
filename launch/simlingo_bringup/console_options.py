# SPDX-License-Identifier: Apache-2.0
"""What all commands that talk to a running stack share: two options, and how they reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simlingo_bringup.environment import prepare_environment

if TYPE_CHECKING:
    from simlingo_bringup.console import StackConsole

Namespace = Annotated[str, typer.Option(help='Of the stack.')]
DomainId = Annotated[
    int | None, typer.Option(min=0, max=232, help='ROS domain; default: ROS_DOMAIN_ID.')
]
DEFAULT_NAMESPACE = 'simlingo'


def open_console(namespace: str, domain_id: int | None) -> StackConsole:
    """Return a console on the stack of a namespace; to be used in a ``with`` statement."""
    prepare_environment(domain_id=domain_id)
    # Not at the top: rclpy must see the environment prepared above.
    from simlingo_bringup.console import StackConsole

    return StackConsole(namespace)
