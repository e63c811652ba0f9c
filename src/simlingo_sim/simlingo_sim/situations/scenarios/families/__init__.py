# SPDX-License-Identifier: Apache-2.0
"""The scenarios, one file for each family."""
