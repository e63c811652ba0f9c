# SPDX-License-Identifier: Apache-2.0
"""Glue between ROS 2 and the SimLingo cores.

Parameters from dataclasses, conversions, the table of interfaces, diagnostics, the node base.
"""
