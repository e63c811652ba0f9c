# SPDX-License-Identifier: Apache-2.0
"""The SimLingo network, its processor, checkpoints and inference engine, with no ROS in it."""

import os

# PyTorch's threads spin while they wait for each other.  With more to do than cores that costs
# far more than it saves: on two cores that had other work, a plan of the mini took 24 to 45 ms
# with threads that sleep at once and up to 1.8 s with ones that spin without end.  A short spin
# bridges the small steps of one layer: 9.5 instead of 17 ms a plan on idle cores.  Whoever has
# chosen a policy keeps it.  The thread library reads this once, when torch is loaded, so that this
# package has to be imported before torch.
if 'OMP_WAIT_POLICY' not in os.environ:
    os.environ['OMP_WAIT_POLICY'] = 'passive'
    os.environ.setdefault('GOMP_SPINCOUNT', '10000')
