# SPDX-License-Identifier: Apache-2.0
"""Turns driving plans into vehicle commands and stops the car when in doubt."""
