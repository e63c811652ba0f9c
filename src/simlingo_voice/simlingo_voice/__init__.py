# SPDX-License-Identifier: Apache-2.0
"""Spoken and typed instructions in, speech out."""
