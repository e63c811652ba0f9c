# SPDX-License-Identifier: Apache-2.0
"""What the observer keeps of an episode: curves, events, instructions, data for the video."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlingo_bringup.observer.dashboard import Moment
from simlingo_bringup.observer.latency import PlanLatency
from simlingo_bringup.observer.series import EpisodeSeries
from simlingo_core.consistency import Mismatch
from simlingo_core.route import Route
from simlingo_core.route_progress import RouteProgress
from simlingo_core.status import InstructionState, InstructionStatus, SafetyLevel
from simlingo_core.types import (
    Commentary,
    DrivingPlan,
    EgoState,
    Instruction,
    InstructionKind,
    Observation,
    VehicleCommand,
)
from simlingo_planner.says_and_does import WordsMonitor

EVENT_SHOWN_S = 4.0
# How far behind an image the car's state may be.
LAG_LIMIT_S = 0.1
_ENDED = (
    InstructionState.DONE,
    InstructionState.CANCELLED,
    InstructionState.NOT_FOLLOWED,
)


class EpisodeLog:
    """Takes what happens, in core types, and keeps it.

    Attributes:
        series: what is written at the end.
        latency: from the exposure of an image to its plan.
        ego: newest state of the car, None before the first.
        commentary: last complete text of the model.
    """

    def __init__(self) -> None:
        self.series = EpisodeSeries()
        self.latency = PlanLatency()
        self.ego: EgoState | None = None
        self.commentary = ''
        self._progress: RouteProgress | None = None
        self._plan: DrivingPlan | None = None
        self._targets: NDArray[np.float64] | None = None
        self._instruction = ''
        self._level: SafetyLevel | None = None
        self._new_level: tuple[float, str] | None = None
        self._event = (-math.inf, '')
        self._words = WordsMonitor()
        self._contradicts: frozenset[Mismatch] = frozenset()

    @property
    def now_s(self) -> float:
        """Time of the newest state of the car."""
        return self.ego.t_s if self.ego is not None else 0.0

    def note(self, t_s: float, text: str) -> None:
        """Keep an event."""
        self._event = (t_s, text)
        self.series.events.append(self._event)

    def set_route(self, route: Route | None) -> None:
        """Measure lateral offsets from this route; None: from none."""
        self._progress = None if route is None else RouteProgress(route)

    def add_ego(self, ego: EgoState) -> None:
        """Keep a state of the car."""
        if self.ego is None:
            self.series.first_t_s = ego.t_s
        self.ego = ego
        self.series.last_t_s = ego.t_s
        if self._new_level is not None:
            self.note(*self._new_level)
            self._new_level = None
        self.series.speed_mps.add(ego.t_s, ego.speed_mps)
        if self._progress is not None:
            self._progress.update(ego.pose_map.planar.position_m)
            self.series.offset_m.add(ego.t_s, self._progress.lateral_offset_m)

    def add_command(self, t_s: float, command: VehicleCommand) -> None:
        """Keep a command that the vehicle reports."""
        self.series.commands += 1
        self.series.steer.add(t_s, command.steer)
        self.series.throttle.add(t_s, command.throttle)
        self.series.brake.add(t_s, command.brake)

    def add_observation(self, observation: Observation) -> None:
        """Show the target points of an observation."""
        self._targets = observation.target_points_base_m

    def add_plan(self, plan: DrivingPlan, latency_s: float | None) -> None:
        """Keep a plan; ``latency_s``: since the exposure of its image, None: not known."""
        self._plan = plan
        self.series.plans += 1
        if self.ego is not None:
            self._words.note_plan(plan, self.ego.speed_mps)
        if latency_s is not None:
            self.series.plan_latency_s.add(plan.t_s, latency_s)

    def add_safety_state(
        self, t_s: float, level: SafetyLevel, reasons: list[str], plan_age_s: float
    ) -> None:
        """Keep the age of the plan, and a new level as an event.

        Before the first state of the car and behind its last one there is no world and always an
        emergency: that is no part of the episode.
        """
        if math.isfinite(plan_age_s):
            self.series.plan_age_s.add(t_s, plan_age_s)
        if self.ego is not None and level is not self._level:
            self._level = level
            reason = f' ({", ".join(reasons)})' if reasons else ''
            self._new_level = t_s, f'{level.words}{reason}'

    def add_instruction(self, instruction: Instruction) -> None:
        """Keep an instruction; questions and cancellations are none."""
        if instruction.kind is not InstructionKind.INSTRUCT:
            return
        self._instruction = instruction.text
        self.series.instructions.append(
            {'id': instruction.id, 'text': instruction.text, 't_s': self.now_s, 'states': []}
        )
        self.note(self.now_s, f'instruction: {instruction.text}')

    def add_instruction_status(self, status: InstructionStatus) -> None:
        """Keep a new state of an instruction."""
        entry = find_instruction(self.series.instructions, status.id)
        if entry is None:
            return
        state = {
            't_s': status.t_s,
            'state': status.state.name.lower(),
            'reason': status.reason,
        }
        entry['states'].append(state)
        if status.state in _ENDED:
            self._instruction = ''
            self.note(status.t_s, f'"{entry["text"]}" has ended: {status.reason}')

    def add_commentary(self, text: str, *, is_growing: bool, t_s: float | None = None) -> None:
        """Keep a complete text; a fragment of one that is still growing is left out.

        A changed text is an event of the report; the video shows it in a line of its own.

        Args:
            text: so far.
            is_growing: whether more will follow.
            t_s: of its frame, to compare it with that frame's plan; None: it is not compared.
        """
        if is_growing:
            return
        if t_s is not None:
            self._compare(Commentary(t_s=t_s, text=text))
        if text == self.commentary:
            return
        self.commentary = text
        if text:
            self.series.events.append((self.now_s, f'says: {text}'))

    def _compare(self, commentary: Commentary) -> None:
        """Count where a commentary contradicts its plan; a new contradiction is an event."""
        check = self._words.note_commentary(commentary)
        if check is None:
            return
        counts = {str(kind): count for kind, count in sorted(self._words.counts.items())}
        self.series.words = {'compared': self._words.compared, **counts}
        if check.mismatches - self._contradicts:
            self.series.events.append((self.now_s, check.explanation))
        self._contradicts = check.mismatches

    def is_behind(self, t_s: float) -> bool:
        """Tell whether the car's state is so far behind an image that it must not be shown.

        On a starved machine the small messages queue up behind the drawing of images; an image
        that is left out shows no speed of seconds ago, and the rest catches up.
        """
        return self.ego is None or self.ego.t_s < t_s - LAG_LIMIT_S

    def moment(self, t_s: float, ego: EgoState) -> Moment:
        """Return what the video shows beside an image."""
        series = self.series
        event_s, event = self._event
        is_new = t_s - event_s < EVENT_SHOWN_S
        return Moment(
            t_s=t_s,
            speed_mps=ego.speed_mps,
            steer=series.steer.newest,
            throttle=series.throttle.newest,
            brake=series.brake.newest,
            pose_map=ego.pose_map.planar,
            plan=self._plan,
            target_points_base_m=self._targets,
            commentary=self.commentary,
            instruction=self._instruction,
            event=event if is_new else '',
        )


def find_instruction(instructions: list[dict[str, Any]], ident: str) -> dict[str, Any] | None:
    """Return the entry of an id; one without an id gets the first that is not known."""
    for entry in instructions:
        if entry['id'] == ident:
            return entry
    for entry in instructions:
        if not entry['id']:
            entry['id'] = ident
            return entry
    return None
