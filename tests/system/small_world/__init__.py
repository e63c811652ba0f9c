# SPDX-License-Identifier: Apache-2.0
"""A graph for the system tests: the stack's own nodes in a world that starts in two seconds."""
