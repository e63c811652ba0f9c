# SPDX-License-Identifier: Apache-2.0
"""Stand-in of what the leaderboard gives an agent: base class, thinned-out plan, sensor data.

It follows the documented interface (order of calls, names, shapes, CARLA's axes); the embedded
simulator is behind it.
"""

import importlib
import math
import sys
import types
from enum import Enum
from pathlib import Path

import carla
import numpy as np

import simlingo_carla.leaderboard_agents as agents
from simlingo_core.carla_frame import steer_from_carla, vector_to_carla
from simlingo_core.geodesy import compass_from_yaw
from simlingo_core.target_points import downsample_indices
from simlingo_core.types import VehicleCommand
from simlingo_sim.world import SimWorld

AGENT_FILE = Path(agents.__file__).parent / 'simlingo_agent.py'
ROS2_AGENT_FILE = AGENT_FILE.with_name('simlingo_ros2_agent.py')


class Track(Enum):
    SENSORS = 'SENSORS'
    MAP = 'MAP'
    SENSORS_QUALIFIER = 'SENSORS_QUALIFIER'
    MAP_QUALIFIER = 'MAP_QUALIFIER'


class AutonomousAgent:
    """The base class as documented; Bench2Drive's ``get_metric_info`` included."""

    metric_info = None

    def __init__(self, carla_host, carla_port, debug=False):
        self.track = Track.SENSORS
        self._global_plan = None
        self._global_plan_world_coord = None
        self.read_sensors = None

    def setup(self, path_to_conf_file):
        pass

    def sensors(self):
        return []

    def run_step(self, input_data, timestamp):
        raise NotImplementedError

    def destroy(self):
        pass

    def set_global_plan(self, global_plan_gps, global_plan_world_coord):
        kept = self.kept
        self._global_plan = [global_plan_gps[k] for k in kept]
        self._global_plan_world_coord = [global_plan_world_coord[k] for k in kept]

    def get_metric_info(self):
        return self.metric_info()

    def __call__(self):
        input_data, timestamp = self.read_sensors()
        control = self.run_step(input_data, timestamp)
        control.manual_gear_shift = False
        return control


class ROS2Agent(AutonomousAgent):
    """The base class of ROS 2 agents: it starts bridge and graph in its constructor."""

    def __init__(self, carla_host, carla_port, debug=False):
        super().__init__(carla_host, carla_port, debug)
        self.started = self.get_ros_entrypoint()

    def get_ros_entrypoint(self):
        raise NotImplementedError


def load_agent_class(monkeypatch, path=AGENT_FILE):
    """Import the agent's file as the evaluator does: its folder on the path, by its basename."""
    base = types.ModuleType('leaderboard.autoagents.autonomous_agent')
    base.AutonomousAgent, base.Track = AutonomousAgent, Track
    for name in ('leaderboard', 'leaderboard.autoagents'):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    ros2 = types.ModuleType('leaderboard.autoagents.ros2_agent')
    ros2.ROS2Agent = ROS2Agent
    for module in (base, ros2):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.syspath_prepend(str(path.parent))
    monkeypatch.delitem(sys.modules, path.stem, raising=False)
    module = importlib.import_module(path.stem)
    assert Path(module.__file__) == path
    return getattr(module, module.get_entry_point())


class Drive:
    """Drives an agent on a route of the embedded simulator, as the evaluator would."""

    def __init__(self, agent_class, route, config, *, with_image):
        self.world = SimWorld()
        self.frame = self.world.reset(route, with_image=with_image)
        self._with_image = with_image
        planned = self.world.planned.route
        reference = self.world.town.map.geo_reference
        points = np.column_stack([planned.points_map_m, np.zeros(len(planned))])
        fixes = reference.geodetic_from_map(points)
        options = planned.options
        self.agent = agent_class('localhost', 2000, False)
        self.agent.kept = downsample_indices(planned, 50.0)
        gps = [
            ({'lat': lat, 'lon': lon, 'z': z}, option)
            for (lat, lon, z), option in zip(fixes, options, strict=True)
        ]
        world = [
            (carla.Transform(carla.Location(float(x), float(y), 0.0)), option)
            for (x, y), option in zip(vector_to_carla(planned.points_map_m), options, strict=True)
        ]
        self.agent.read_sensors = self.read_sensors
        self.agent.metric_info = self.metric_info
        self.agent.set_global_plan(gps, world)
        self.agent.setup(config)
        self.ids = {sensor['id'] for sensor in self.agent.sensors()}
        self.controls = []

    def read_sensors(self):
        frame = self.frame
        image = frame.image_bgra
        if image is None:
            image = np.zeros((512, 1024, 4), np.uint8)
        imu = np.zeros(7)
        imu[6] = compass_from_yaw(frame.imu.orientation_yaw_rad)
        gnss = frame.gnss
        data = {
            'rgb_0': image,
            'imu': imu,
            'gps': np.array([gnss.latitude_deg, gnss.longitude_deg, gnss.altitude_m]),
            'speed': {'speed': frame.speedometer_mps},
        }
        return {name: (frame.tick, data[name]) for name in self.ids}, frame.t_s

    def metric_info(self):
        return {'location': [float(v) for v in self.frame.ego.pose_map.translation_m]}

    def run(self, ticks):
        for _ in range(ticks):
            control = self.agent()
            assert isinstance(control, carla.VehicleControl)
            assert all(math.isfinite(v) for v in (control.steer, control.throttle, control.brake))
            self.controls.append(control)
            command = VehicleCommand(
                steer=steer_from_carla(control.steer),
                throttle=control.throttle,
                brake=control.brake,
            )
            self.frame = self.world.step(command, with_image=self._with_image)

    def close(self):
        self.agent.destroy()
        self.world.close()
