# SPDX-License-Identifier: Apache-2.0
"""Roads: towns from OpenDRIVE and SUMO files, routes, route files."""
