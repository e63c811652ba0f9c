# SPDX-License-Identifier: Apache-2.0
"""Watches an episode and keeps what a report needs: video, curves, events."""
