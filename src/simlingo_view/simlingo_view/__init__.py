# SPDX-License-Identifier: Apache-2.0
"""Shows what the stack does: outputs for rviz and Foxglove, and the live page."""
