# SPDX-License-Identifier: Apache-2.0
"""The base class of every node of the stack: a guarded node with lifecycle transitions.

A node overrides ``configure``, ``activate``, ``deactivate`` and ``cleanup``, which return normally
or raise.  A ``SimlingoError`` refuses the transition; any other exception ends the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from simlingo_core.errors import BackendError, SimlingoError
from simlingo_ros.guarded_node import ConfigT, GuardedNode
from simlingo_ros.monitors import Level
from simlingo_ros.qos_overrides import PREFIX as QOS_PREFIX
from simlingo_ros.qos_overrides import refuse_unused

LIFECYCLE = 'lifecycle'


class StackNode(GuardedNode[ConfigT]):
    """A node that configures and activates itself, and is shut down in order.

    Attributes:
        fatal_error: an error that must end the process, found during a transition.
        finishing_s: time for which the executor goes on at the end of the process after the node
            was deactivated, so that waiting services and actions can end.

    Raises:
        ConfigError: a parameter is unknown, of the wrong type or out of range.
    """

    def __init__(self, name: str, config_class: type[ConfigT], **options: Any) -> None:
        super().__init__(name, config_class, **options)
        self.fatal_error: BaseException | None = None
        self.finishing_s = 0.0
        self.diagnostics.report(LIFECYCLE, Level.WARN, 'unconfigured')

    # ---- what a node overrides ---------------------------------------------------------------

    def configure(self) -> None:
        """Load files, open devices, create publishers and subscriptions."""

    def activate(self) -> None:
        """Begin to work; publishers are open from now on."""

    def deactivate(self) -> None:
        """Stop working, and leave the car in a safe state; publishers are still open."""

    def cleanup(self) -> None:
        """Release what ``configure`` took; endpoints made with this class go by themselves."""

    # ---- lifecycle ---------------------------------------------------------------------------

    @property
    def is_in_active_state(self) -> bool:
        """Whether the lifecycle state is active, and no transition is under way."""
        return bool(self._state_machine.current_state[1] == 'active')

    @property
    def is_autostart(self) -> bool:
        """Whether the node activates itself."""
        return bool(self.get_parameter('autostart').value)

    def start(self) -> None:
        """Configure and activate.

        Raises:
            SimlingoError: as raised by ``configure`` or ``activate``.
        """
        for trigger in (self.trigger_configure, self.trigger_activate):
            if trigger() != TransitionCallbackReturn.SUCCESS:
                if self.fatal_error is not None:
                    raise self.fatal_error
                raise self.faults.get(LIFECYCLE) or BackendError(f'{trigger.__name__} was refused')

    def stop(self) -> None:
        """Deactivate, clean up and finalise from any state."""
        state_id, label = self._state_machine.current_state
        if label in {'unconfigured', 'inactive', 'active'}:
            self.trigger_shutdown()
        elif label == 'activating':  # interrupted by a signal
            self.on_shutdown(LifecycleState(label=label, state_id=state_id))
        else:
            self._release()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run ``configure``."""
        return self._transition('inactive', Level.WARN, self._configure, undo=self._release)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open the publishers and run ``activate``."""
        super().on_activate(state)
        self.is_active = True
        return self._transition(
            'active', Level.OK, self.activate, undo=lambda: self._set_inactive(state)
        )

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run ``deactivate`` and close the publishers."""
        result = self._transition('inactive', Level.WARN, self.deactivate)
        self._set_inactive(state)
        return self._even_if_refused(result)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Run ``cleanup`` and remove the endpoints."""
        result = self._transition('unconfigured', Level.WARN, self.cleanup)
        self._release()
        return self._even_if_refused(result)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Deactivate and clean up from any state."""
        results = [TransitionCallbackReturn.SUCCESS]
        if self.is_active:
            results.append(self.on_deactivate(state))
        if state.label != 'unconfigured':
            results.append(self.on_cleanup(state))
        self.diagnostics.report(LIFECYCLE, Level.WARN, 'finalized')
        return max(results, key=lambda result: result != TransitionCallbackReturn.SUCCESS)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release everything; the node can be configured again."""
        self._set_inactive(state)
        self._release()
        return TransitionCallbackReturn.SUCCESS

    def _configure(self) -> None:
        """Configure, then refuse overrides of topics that the node does not have."""
        self.configure()
        declared = self.get_parameters_by_prefix(QOS_PREFIX.rstrip('.'))
        refuse_unused(self._qos_overrides, [QOS_PREFIX + name for name in declared])

    def _transition(
        self,
        state_name: str,
        level: Level,
        hook: Callable[[], None],
        undo: Callable[[], None] | None = None,
    ) -> TransitionCallbackReturn:
        """Run one hook and return the result that rclpy expects."""
        try:
            hook()
        except SimlingoError as error:
            self._note_fault(LIFECYCLE, error)
            if undo is not None:
                undo()
            return TransitionCallbackReturn.FAILURE
        except (
            Exception
        ) as error:  # rclpy would swallow it; the spin loop ends the process with it
            self.fatal_error = error
            return TransitionCallbackReturn.ERROR
        self.faults.pop(LIFECYCLE, None)
        self.get_logger().info(state_name)
        self.diagnostics.report(LIFECYCLE, level, state_name)
        return TransitionCallbackReturn.SUCCESS

    @staticmethod
    def _even_if_refused(result: TransitionCallbackReturn) -> TransitionCallbackReturn:
        """Return success for a transition down whose hook raised; the fault is reported."""
        is_refused = result == TransitionCallbackReturn.FAILURE
        return TransitionCallbackReturn.SUCCESS if is_refused else result

    def _set_inactive(self, state: LifecycleState) -> None:
        """Close the publishers."""
        self.is_active = False
        super().on_deactivate(state)
