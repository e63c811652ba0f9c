# SPDX-License-Identifier: Apache-2.0
"""Vehicles and pedestrians that SUMO moves."""
