# SPDX-License-Identifier: Apache-2.0
"""The real-time card of a machine: what the stack does on it, on one page and as JSON."""
