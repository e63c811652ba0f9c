# SPDX-License-Identifier: Apache-2.0
"""What the model says during a drive over ROS, held against its plans."""

from __future__ import annotations

import numpy as np

from simlingo_bringup.episode_summary import measures
from simlingo_bringup.observer.episode_log import EpisodeLog
from simlingo_core.baselines import plan_along
from simlingo_core.geometry import Pose3
from simlingo_core.types import EgoState, Observation


def test_contradictions_are_counted_and_new_ones_are_events() -> None:
    log = EpisodeLog()
    path = np.column_stack([np.arange(1.0, 40.0), np.zeros(39)])
    for k, text in enumerate(['Accelerate.', 'Stop now.', 'Stop now.', 'Accelerate.']):
        t_s = 0.2 * k
        log.add_ego(EgoState(t_s=t_s, pose_map=Pose3.identity(), speed_mps=8.0))
        observation = Observation(
            t_s=t_s,
            image_jpeg=b'',
            pose_map=Pose3.identity(),
            speed_mps=8.0,
            target_points_base_m=np.array([[20.0, 0.0], [40.0, 0.0]]),
        )
        log.add_plan(plan_along(observation, path, 8.0, 'test'), None)
        log.add_commentary(text[:3], is_growing=True, t_s=t_s)
        log.add_commentary(text, is_growing=False, t_s=t_s)
    assert measures(log.series)['says_and_does'] == {'compared': 4, 'says_stop_drives': 2}
    events = [text for _, text in log.series.events]
    assert events == [
        'says: Accelerate.',
        'says_stop_drives: the model says "Stop now."',
        'says: Stop now.',
        'says: Accelerate.',
    ]
