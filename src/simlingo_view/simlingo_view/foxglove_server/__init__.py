# SPDX-License-Identifier: Apache-2.0
"""Live topics for Foxglove without a bridge, and its layout."""
