# SPDX-License-Identifier: Apache-2.0
"""The privileged driver of the embedded simulator, in the manner of PDM-Lite."""
