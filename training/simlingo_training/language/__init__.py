# SPDX-License-Identifier: Apache-2.0
"""Evaluates what a model says about recorded frames, and how it follows instructions there."""
