# SPDX-License-Identifier: Apache-2.0
"""Closed-loop benchmark, scores and reports."""
