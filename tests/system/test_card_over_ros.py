# SPDX-License-Identifier: Apache-2.0
"""The real-time card of a drive over ROS; how fast the machine is does not matter."""

from simlingo_bringup.card.drive import measure_drive


def test_a_drive_over_ros_is_measured(tmp_path):
    found = measure_drive(('policy:=route', 'engine:=auto', 'precision:=auto'), 8.0, tmp_path)
    assert 0.0 < found['latency_ms']['median'] <= found['latency_ms']['worst']
    assert found['plans']['per_second'] > 0.0
    assert found['commands']['per_second'] > 0.0
    assert found['commands']['missed_percent'] >= 0.0
    assert found['usage']['memory_mb'] > 100.0
    assert found['usage']['cpu_cores'] > 0.0
