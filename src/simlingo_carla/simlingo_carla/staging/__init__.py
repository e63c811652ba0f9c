# SPDX-License-Identifier: Apache-2.0
"""What happens on a CARLA server besides the car: situations and background traffic."""
