# SPDX-License-Identifier: Apache-2.0
"""Settings of rviz2 that are parameters: none; the rest is in ``simlingo.rviz``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RvizConfig:
    """No parameters."""
