# SPDX-License-Identifier: Apache-2.0
"""Commands, benchmarks and contact sheets around the simulator."""
