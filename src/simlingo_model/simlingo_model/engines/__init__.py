# SPDX-License-Identifier: Apache-2.0
"""Inference engines other than PyTorch, and the export of a model for them."""
