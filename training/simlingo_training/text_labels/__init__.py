# SPDX-License-Identifier: Apache-2.0
"""Texts about a recorded frame: commentary, questions and answers."""
