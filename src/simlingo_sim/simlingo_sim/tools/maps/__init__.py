# SPDX-License-Identifier: Apache-2.0
"""How the committed towns are made: plans in Python, netconvert, a pass over the OpenDRIVE."""
