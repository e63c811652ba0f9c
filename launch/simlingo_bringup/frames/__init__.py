# SPDX-License-Identifier: Apache-2.0
"""Publishes that the car's frame of the CARLA bridge and base_link are the same."""
