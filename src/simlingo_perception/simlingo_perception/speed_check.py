# SPDX-License-Identifier: Apache-2.0
"""Two sources of speed that must not contradict each other."""

from __future__ import annotations

from simlingo_core.checks import finite_number
from simlingo_core.errors import ContractError

# The two are read at different moments, so one or two odd pairs mean nothing.
_ODD_PAIRS = 5


class SpeedCheck:
    """Compares the speedometer with the speed of the odometry."""

    def __init__(self, limit_mps: float) -> None:
        self._limit_mps = limit_mps
        self._odd_pairs = 0

    @property
    def is_contradicted(self) -> bool:
        """Whether the sources have differed for a while; then neither can be trusted."""
        return self._odd_pairs >= _ODD_PAIRS

    def compare(self, odometry_mps: float, speedometer_mps: float) -> None:
        """Take a pair of readings.

        Raises:
            NonFiniteError: a reading is NaN or infinite.
            ContractError: the readings have differed too much for too long.
        """
        difference = finite_number('speedometer', speedometer_mps) - odometry_mps
        self._odd_pairs = self._odd_pairs + 1 if abs(difference) > self._limit_mps else 0
        if self.is_contradicted:
            raise ContractError(
                f'odometry says {odometry_mps:.2f} m/s and the speedometer '
                f'{speedometer_mps:.2f} m/s; expected a difference of {self._limit_mps:g} m/s at '
                'most; one of the two is broken'
            )
