# SPDX-License-Identifier: Apache-2.0
"""Why an episode failed, in one sentence."""

from __future__ import annotations

from simlingo_evaluation.episode import EpisodeResult
from simlingo_sim.score.infractions import EndReason, Infraction, InfractionKind
from simlingo_sim.state import ActorState, WorldState

WORDS = {
    InfractionKind.COLLISION_STATIC: 'hit scenery or an obstacle',
    InfractionKind.COLLISION_PEDESTRIAN: 'hit a pedestrian',
    InfractionKind.COLLISION_VEHICLE: 'hit a vehicle',
    InfractionKind.RED_LIGHT: 'ran a red light',
    InfractionKind.STOP_SIGN: 'ran a stop sign',
    InfractionKind.OUTSIDE_LANES: 'left its lanes',
    InfractionKind.YIELD_EMERGENCY: 'did not make way for an emergency vehicle',
    InfractionKind.SCENARIO_TIMEOUT: 'took too long in a situation',
}
ENDINGS = {
    EndReason.ROUTE_DEVIATION: 'left its route',
    EndReason.BLOCKED: 'stood still for too long',
    EndReason.ROUTE_TIMEOUT: 'ran out of time',
    EndReason.TICK_LIMIT: 'ran out of ticks',
    EndReason.AGENT_CRASHED: 'the agent failed',
    EndReason.SIMULATION_CRASHED: 'the simulation failed',
    EndReason.STOPPED_EARLY: 'the episode was stopped',
}


def describe_failure(result: EpisodeResult) -> str:
    """Return the cause of a failure in words, empty for a success."""
    score = result.score
    if score.is_success:
        return ''
    parts = [
        _infraction(infraction, result)
        for infraction in score.infractions
        if infraction.kind in WORDS
    ]
    if score.end is not EndReason.ARRIVED:
        where = f'at {score.route_score:.0f} % of the route'
        what = ENDINGS.get(score.end, score.end.value)
        detail = f' ({result.error})' if result.error else _blocker(result)
        parts.append(f'{what} {where}{detail}')
    return '; '.join(parts)


def _infraction(infraction: Infraction, result: EpisodeResult) -> str:
    words = f'{WORDS[infraction.kind]} at {infraction.t_s:.1f} s'
    if infraction.kind is InfractionKind.OUTSIDE_LANES:
        return f'{words} for {infraction.percentage:g} % of the way'
    other = _find(infraction.other_id, result.trace.snapshots)
    if other is None:
        return words
    return f'{words} ({other.kind.value} {other.id}, {other.role}, {other.speed_mps:.1f} m/s)'


def _find(actor_id: int, snapshots: tuple[WorldState, ...]) -> ActorState | None:
    for state in reversed(snapshots):
        for actor in state.actors:
            if actor.id == actor_id:
                return actor
    return None


def _blocker(result: EpisodeResult) -> str:
    """Name what stands right in front of a car that is blocked."""
    if result.score.end is not EndReason.BLOCKED or not result.trace.snapshots:
        return ''
    state = result.trace.snapshots[-1]
    ahead = []
    for actor in state.actors:
        x_m, y_m = state.ego.pose_map.inverse_transform(actor.pose_map.position_m)
        if 0.0 < x_m < 20.0 and abs(y_m) < 3.0:
            ahead.append((float(x_m), actor))
    if not ahead:
        return ' (nothing ahead)'
    distance_m, actor = min(ahead, key=lambda pair: pair[0])
    return f' ({actor.kind.value} {actor.id}, {actor.role}, {distance_m:.0f} m ahead)'
