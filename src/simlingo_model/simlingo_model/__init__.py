# SPDX-License-Identifier: Apache-2.0
"""The SimLingo network, its processor, checkpoints and inference engine, with no ROS in it."""

import os

# PyTorch's threads spin while they wait for each other.  On a machine with more work than cores
# that takes far more time than it saves: on two busy cores a plan of the mini took 24 to 45 ms
# with threads that sleep at once, and up to 1.8 s with threads that spin.  A short spin bridges
# the small steps of one layer: 9.5 instead of 17 ms a plan on idle cores.  A wait policy in the
# environment is kept.  OpenMP reads it once, when torch is loaded; import this package before
# torch.
if 'OMP_WAIT_POLICY' not in os.environ:
    os.environ['OMP_WAIT_POLICY'] = 'passive'
    os.environ.setdefault('GOMP_SPINCOUNT', '10000')
