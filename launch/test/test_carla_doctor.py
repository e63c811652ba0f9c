# SPDX-License-Identifier: Apache-2.0
"""Every fault of a CARLA server that the doctor knows, injected one at a time."""

from dataclasses import replace
from pathlib import Path

import pytest

from simlingo_bringup.carla_doctor import judge_server
from simlingo_bringup.doctor import Status
from simlingo_carla.server_facts import ServerFacts

ROOT = Path(__file__).resolve().parents[2]
HEALTHY = ServerFacts(
    address='localhost:2000',
    server_version='0.9.16',
    client_version='0.9.16',
    town='Town01',
    is_synchronous=True,
    period_s=0.05,
    has_ticked=True,
    car='hero',
    sensors=('sensor.camera.rgb', 'sensor.other.gnss', 'sensor.other.imu'),
)


def test_healthy_server_has_nothing_to_mend():
    findings = judge_server(HEALTHY, {'FASTRTPS_DEFAULT_PROFILES_FILE': 'udp.xml'})
    assert {finding.status for finding in findings} == {Status.OK}
    assert not any(finding.remedy for finding in findings)


@pytest.mark.parametrize(
    ('changes', 'check', 'status', 'words'),
    [
        ({'error': 'time-out'}, 'CARLA server', Status.ERROR, '--carla HOST:PORT'),
        ({'server_version': '0.9.15'}, 'CARLA server', Status.WARNING, 'carla==0.9.15'),
        ({'is_synchronous': False}, 'CARLA clock', Status.WARNING, 'synchronous_mode:=True'),
        ({'period_s': 0.1}, 'CARLA clock', Status.WARNING, 'fixed_delta_seconds:=0.05'),
        ({'has_ticked': False}, 'CARLA clock', Status.WARNING, 'nobody ticks'),
        ({'car': ''}, 'CARLA car', Status.WARNING, 'carla_spawn_objects'),
        ({'sensors': ('sensor.other.imu',)}, 'CARLA sensors', Status.WARNING, 'camera, satell'),
    ],
)
def test_fault_has_its_remedy(changes, check, status, words):
    findings = {f.check: f for f in judge_server(replace(HEALTHY, **changes), {})}
    assert findings[check].status is status
    assert words in findings[check].remedy


def test_profile_for_containers_exists():
    (finding,) = [f for f in judge_server(HEALTHY, {}) if f.check == 'CARLA and Fast DDS']
    assert 'docker/fastdds_udp.xml' in finding.remedy
    assert (ROOT / 'docker' / 'fastdds_udp.xml').is_file()
