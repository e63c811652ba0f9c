# SPDX-License-Identifier: Apache-2.0
"""Data collection, labels, recipes and training of SimLingo models."""
