# SPDX-License-Identifier: Apache-2.0
"""What the nodes of the stack share: the base class of nodes and all that touches ROS 2.

Parameters from dataclasses, conversions of messages, the table of interfaces, diagnostics.
"""
