# SPDX-License-Identifier: Apache-2.0
import math

import pytest

from simlingo_core.errors import ContractError, NonFiniteError
from simlingo_perception.speed_check import SpeedCheck


def test_a_lasting_contradiction_is_an_error_and_passes() -> None:
    check = SpeedCheck(1.0)
    for _ in range(4):
        check.compare(5.0, 8.0)
    with pytest.raises(ContractError, match=r'5\.00 m/s.*8\.00'):
        check.compare(5.0, 8.0)
    assert check.is_contradicted
    check.compare(5.0, 5.9)
    assert not check.is_contradicted


def test_single_odd_pairs_and_nan() -> None:
    check = SpeedCheck(1.0)
    for _ in range(10):
        check.compare(5.0, 8.0)
        check.compare(5.0, 5.0)
    with pytest.raises(NonFiniteError):
        check.compare(5.0, math.nan)
