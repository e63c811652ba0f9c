# SPDX-License-Identifier: Apache-2.0
"""The policy as an ``egodriver`` server, as AlpaSim and Autoware's CARLA scenarios want one."""
