# SPDX-License-Identifier: Apache-2.0
"""Camera conditioning, ego state and route tracking: sensors in, observation out."""
