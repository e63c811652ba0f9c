# SPDX-License-Identifier: Apache-2.0
"""Keyboard control of the simulated car, by a person."""
