# SPDX-License-Identifier: Apache-2.0
"""Actors and sensors of the test double of a CARLA server; see ``fake_carla.py``."""

from types import SimpleNamespace

import carla
import numpy as np

from simlingo_core.carla_frame import (
    axial_to_carla,
    pose3_to_carla,
    steer_from_carla,
    vector_to_carla,
    yaw_to_carla,
)
from simlingo_core.geodesy import compass_from_yaw
from simlingo_core.types import VehicleCommand
from simlingo_sim.camera.specs import CameraSpec
from simlingo_sim.state import ActorKind

HERO_ID = 500_001
STATES = ('Red', 'Yellow', 'Green', 'Off', 'Unknown')
LANE_M = 3.2


class HeroActor:
    parent = None

    def __init__(self, server, attributes):
        self._server, self.attributes = server, attributes
        self.id, self.type_id = HERO_ID, 'vehicle.lincoln.mkz_2020'
        self.command = VehicleCommand.full_brake()
        self.bounding_box = box(server.sim.state.ego.extent_m)

    def apply_control(self, control):
        self._server.check()
        self._server.controls.append(control)
        self.command = VehicleCommand(
            steer=steer_from_carla(control.steer), throttle=control.throttle, brake=control.brake,
            hand_brake=control.hand_brake, reverse=control.reverse,
        )  # fmt: skip

    @property
    def _ego(self):
        return self._server.sim_frame.ego

    def get_transform(self):
        row = pose3_to_carla(self._ego.pose_map)
        return carla.Transform(
            carla.Location(row.x_m, row.y_m, row.z_m),
            carla.Rotation(pitch=row.pitch_deg, yaw=row.yaw_deg, roll=row.roll_deg),
        )

    def get_velocity(self):
        forward = self._ego.pose_map.rotation[:, 0]
        return vector(vector_to_carla(forward * self._ego.speed_mps))

    def get_acceleration(self):
        rotation = self._ego.pose_map.rotation
        return vector(vector_to_carla(rotation @ self._ego.acceleration_base_mps2))

    def get_angular_velocity(self):
        rate = np.array([0.0, 0.0, np.degrees(self._ego.yaw_rate_radps)])
        return vector(axial_to_carla(self._ego.pose_map.rotation @ rate))

    def get_control(self):
        return self._server.controls[-1] if self._server.controls else carla.VehicleControl()

    def destroy(self):
        self._server.check()
        self._server.hero = None
        return True


class OtherActor:
    parent = None

    def __init__(self, state):
        self._state = state
        self.id, self.type_id = state.id, state.type_id
        if state.kind is ActorKind.PEDESTRIAN and not self.type_id.startswith('walker.'):
            self.type_id = 'walker.pedestrian.0001'
        self.attributes = {'role_name': state.role, 'base_type': str(state.kind)}
        self.attributes['color'] = ','.join(str(value) for value in state.color_rgb)
        self.bounding_box = box(state.extent_m)

    def get_transform(self):
        pose = self._state.pose_map
        x, y = vector_to_carla(pose.position_m)
        return carla.Transform(
            carla.Location(float(x), float(y), 0.0),
            carla.Rotation(yaw=yaw_to_carla(pose.yaw_rad)),
        )

    def get_control(self):
        return carla.VehicleControl(brake=0.4 if self._state.is_braking else 0.0)

    def get_lamps(self):
        lamps = carla.VehicleLightState
        on = {
            lamps.Brake: self._state.is_braking,
            lamps.LeftBlinker: self._state.blinks_left,
            lamps.RightBlinker: self._state.blinks_right,
            lamps.Special1: self._state.has_blue_lights,
        }
        return lamps(sum(int(lamp) for lamp, is_on in on.items() if is_on))

    def get_velocity(self):
        forward = self._state.pose_map.rotation[:, 0] * self._state.speed_mps
        return vector([*vector_to_carla(forward), 0.0])


class Light:
    type_id, parent = 'traffic.traffic_light', None

    def __init__(self, server, light):
        self._server, self._light = server, light
        self.id, self.attributes = light.id, {}

    def get_transform(self):
        x, y = vector_to_carla(self._light.pose_map.position_m)
        return carla.Transform(carla.Location(float(x), float(y), 0.0))

    def get_state(self):
        state = self._server.sim.state.lights.get(self._light.id, 4)
        return getattr(carla.TrafficLightState, STATES[int(state)])

    def set_state(self, state):
        self._server.light_commands.set(self._light, state)

    def get_group_traffic_lights(self):
        return [
            Light(self._server, light)
            for light in self._server.behind.traffic_lights
            if light.sumo_id == self._light.sumo_id
        ]

    def get_stop_waypoints(self):
        left, right = self._light.stop_line_map_m
        count = max(round(float(np.hypot(*(right - left))) / LANE_M), 1)
        carla_map = self._server.map
        shares = (np.arange(count) + 0.5) / count
        places = vector_to_carla(left + shares[:, None] * (right - left))
        return [carla_map.get_waypoint(carla.Location(float(x), float(y))) for x, y in places]


class Image:
    """An image of a frame, drawn when it is read; who reads it later would see another one."""

    def __init__(self, server, frame, camera):
        self._server, self.frame, self._camera = server, frame, camera
        self.width, self.height = camera.width_px, camera.height_px

    @property
    def raw_data(self):
        assert self._server.frame == self.frame, 'the image is drawn only while its frame lasts'
        return self._server.sim.render(self._camera).tobytes()


class Sensor:
    def __init__(self, server, number, blueprint, transform):
        self._server, self.id, self.type_id = server, number, blueprint.id
        self.attributes, self.callback = dict(blueprint.attributes), None
        self.place, self._sends_over_ros = transform, False

    @property
    def parent(self):
        return self._server.hero

    def enable_for_ros(self):
        self._sends_over_ros = True

    def is_enabled_for_ros(self):
        return self._sends_over_ros

    def listen(self, callback):
        self.callback = callback

    def stop(self):
        self.callback = None

    def destroy(self):
        self._server.check()
        assert self.callback is None, 'stop a sensor before it is destroyed'
        del self._server.sensors[self.id]
        return True

    def get_transform(self):
        """Return the place in the world; that on the car is ``place``."""
        car = self._server.hero.get_transform()
        point = car.transform(carla.Location(self.place.location))
        turn, own = car.rotation, self.place.rotation
        yaw, pitch = turn.yaw + own.yaw, turn.pitch + own.pitch
        return carla.Transform(point, carla.Rotation(pitch=pitch, yaw=yaw))

    def set_transform(self, transform):
        self._server.check()
        if not self._server.faults.moves_cameras_in_map:
            self.place = transform
        else:
            self.place = carla.Transform(carla.Location(90.0, 0.0, 2.0))

    def _camera(self):
        place, turn = self.place.location, self.place.rotation
        return CameraSpec(
            x_m=place.x,
            y_m=-place.y,
            z_m=place.z,
            yaw_rad=-np.radians(turn.yaw),
            pitch_rad=-np.radians(turn.pitch),
            width_px=int(self.attributes['image_size_x']),
            height_px=int(self.attributes['image_size_y']),
            fov_deg=float(self.attributes['fov']),
        )

    def read(self):
        server, number = self._server, self._server.frame
        frame = server.sim_frame
        if self.type_id == 'sensor.camera.rgb':
            return Image(server, number, self._camera())
        if self.type_id == 'sensor.other.imu':
            return SimpleNamespace(
                frame=number,
                accelerometer=vector(vector_to_carla(frame.imu.acceleration_base_mps2)),
                gyroscope=vector(axial_to_carla(frame.imu.angular_velocity_base_radps)),
                compass=compass_from_yaw(frame.imu.orientation_yaw_rad),
            )
        if self.type_id == 'sensor.other.gnss':
            fix = frame.gnss
            return SimpleNamespace(
                frame=number, latitude=fix.latitude_deg, longitude=fix.longitude_deg,
                altitude=fix.altitude_m,
            )  # fmt: skip
        return None


def vector(numbers):
    return carla.Vector3D(*(float(number) for number in numbers))


def box(extent_m):
    return carla.BoundingBox(carla.Location(0.0, 0.0, extent_m[2]), vector(extent_m))
