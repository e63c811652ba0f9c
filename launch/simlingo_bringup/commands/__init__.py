# SPDX-License-Identifier: Apache-2.0
"""Subcommands of ``simlingo`` that belong to no other package."""
