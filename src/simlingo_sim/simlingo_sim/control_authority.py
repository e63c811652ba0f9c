# SPDX-License-Identifier: Apache-2.0
"""Who commands the ego car, and the newest command of each source."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlingo_core.types import VehicleCommand


@dataclass(kw_only=True)
class ControlAuthority:
    """Chooses between the stack, a person and the expert, as CARLA's manual override does.

    A person who has overridden the stack comes first, then the expert, then the stack.

    Attributes:
        stack_command: newest command of the stack; a full brake before the first one.
        manual_command: newest command of a person; a full brake before the first one.
        is_overridden: a person drives.
        is_autopilot: the expert drives, unless a person does.
    """

    stack_command: VehicleCommand = field(default_factory=VehicleCommand.full_brake)
    manual_command: VehicleCommand = field(default_factory=VehicleCommand.full_brake)
    is_overridden: bool = False
    is_autopilot: bool = False

    @property
    def is_stack(self) -> bool:
        """Whether the stack drives."""
        return not (self.is_overridden or self.is_autopilot)

    @property
    def is_expert(self) -> bool:
        """Whether the expert drives."""
        return self.is_autopilot and not self.is_overridden

    @property
    def received_command(self) -> VehicleCommand:
        """Newest command of the person or of the stack, whichever drives."""
        return self.manual_command if self.is_overridden else self.stack_command
