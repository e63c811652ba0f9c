# SPDX-License-Identifier: Apache-2.0
"""The graph of the SimLingo stack, its launch files, parameters, layouts and the simlingo command."""
