# SPDX-License-Identifier: Apache-2.0
"""Graph, launch files, parameters and layouts of the stack; the simlingo command."""
