# SPDX-License-Identifier: Apache-2.0
"""Become rviz2: ``python -m simlingo_bringup.rviz``; further words are handed to it."""

from simlingo_bringup.rviz.viewer import main

if __name__ == '__main__':
    raise SystemExit(main())
