# SPDX-License-Identifier: Apache-2.0
"""Subcommands of ``simlingo`` that make data and models."""
