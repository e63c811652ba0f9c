# SPDX-License-Identifier: Apache-2.0
"""Watches a drive and keeps what a report needs: video, curves, events."""
