# SPDX-License-Identifier: Apache-2.0
"""The JPEG the model sees equals that of upstream's agent to the last bit of each pixel."""

from pathlib import Path

import cv2
import numpy as np

from simlingo_perception.camera_conditioner import CameraConditioner
from simlingo_perception.config import PerceptionConfig

TINY = Path(__file__).parent / 'data' / 'tiny'


def test_jpeg_round_trip() -> None:
    camera_bgr = cv2.imread(str(TINY / 'camera_0.png'), cv2.IMREAD_COLOR)
    expected_bgr = cv2.imread(str(TINY / 'jpeg_0.png'), cv2.IMREAD_COLOR)
    camera_bgra = cv2.cvtColor(camera_bgr, cv2.COLOR_BGR2BGRA)
    jpeg = CameraConditioner(PerceptionConfig()).encode(camera_bgra, 'bgra8')
    decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(decoded, expected_bgr)
    assert not np.array_equal(decoded, camera_bgr)
