# SPDX-License-Identifier: Apache-2.0
"""Glue between ROS 2 and the SimLingo cores: parameters, conversions, interfaces, diagnostics, node base."""
