# SPDX-License-Identifier: Apache-2.0
"""Agent of the CARLA leaderboard 2.x and of Bench2Drive: give this file as ``--agent``.

``--agent-config`` is a model folder, or a YAML file of ``AgentConfig``'s settings.  The folder of
this file is put on the module path by the evaluator, so that nothing but agents may lie in it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import carla
from leaderboard.autoagents.autonomous_agent import AutonomousAgent, Track

from simlingo_carla.agent_config import AgentArguments, read_agent_arguments
from simlingo_carla.agent_core import AgentCore
from simlingo_carla.leaderboard_data import SENSORS, MetricLog, readings, sparse_plan
from simlingo_core.carla_frame import steer_to_carla
from simlingo_planner.config import PlannerNodeConfig
from simlingo_planner.policies import load_policy


def get_entry_point() -> str:
    """Return the name of the agent's class, as the evaluator asks for."""
    return 'SimlingoAgent'


class SimlingoAgent(AutonomousAgent):  # type: ignore[misc]
    """Drives by camera, satellite fix, IMU and speedometer."""

    _arguments: AgentArguments
    _metrics: MetricLog | None = None
    core: AgentCore | None = None

    def setup(self, path_to_conf_file: str) -> None:
        """Load the policy; the evaluator has set the route already.

        Raises:
            ConfigError, CheckpointError: settings or model cannot be read.
        """
        self.track = Track.SENSORS
        self._arguments = read_agent_arguments(str(path_to_conf_file), os.environ)
        config = self._arguments.config
        self._policy = load_policy(
            PlannerNodeConfig(
                policy=config.policy,
                order=config.order,
                uses_command=config.uses_command,
                device=config.device,
                engine=config.engine,
            )
        )
        folder = os.environ.get('SAVE_PATH')
        name = self._arguments.save_name
        self._metrics = MetricLog(Path(folder) / name if folder and name else None)
        self.core = None

    def sensors(self) -> list[dict[str, Any]]:
        """Return the sensors of the training."""
        return [dict(sensor) for sensor in SENSORS]

    def run_step(self, input_data: dict[str, Any], timestamp: float) -> carla.VehicleControl:
        """Return the control of this tick."""
        if self.core is None:
            plan = sparse_plan(self._global_plan, self._global_plan_world_coord)
            self.core = AgentCore(self._policy, plan, self._arguments.config)
        command = self.core.step(readings(input_data), float(timestamp))
        if self._metrics is not None and hasattr(self, 'get_metric_info'):
            self._metrics.add(self.get_metric_info())
        return carla.VehicleControl(
            steer=steer_to_carla(command.steer), throttle=command.throttle, brake=command.brake
        )

    def destroy(self) -> None:
        """Write what is left of the log."""
        if self._metrics is not None:
            self._metrics.write()
        self.core = None
