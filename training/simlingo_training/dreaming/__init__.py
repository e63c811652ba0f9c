# SPDX-License-Identifier: Apache-2.0
"""Action dreaming: instructions that the expert did not follow, and how the car would."""
