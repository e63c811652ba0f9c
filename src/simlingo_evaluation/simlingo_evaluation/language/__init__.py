# SPDX-License-Identifier: Apache-2.0
"""Scores of texts and of instructed plans, in upstream's formats and by meaning."""
