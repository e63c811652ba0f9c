# SPDX-License-Identifier: Apache-2.0
"""Agent files for the leaderboard; its evaluator puts this folder on the module path."""
