# SPDX-License-Identifier: Apache-2.0
"""The schema of the data set: one model for each file that upstream wrote, and ours equal it.

Version 1 is upstream's layout with every key that its loader, labellers and dreamer need.
"""

SCHEMA_VERSION = 1
"""Rises when a file changes so that an older reader would misread it."""
