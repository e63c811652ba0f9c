# SPDX-License-Identifier: Apache-2.0
"""The SimLingo network, its processor, checkpoints and inference engine, with no ROS in it."""

import os

# PyTorch's threads spin while they wait for each other.  With more to do than cores that costs far
# more than it saves: measured beside a loaded simulator on two cores, a plan of the mini took 24 ms
# waiting passively and 1.8 s spinning.  The thread library reads this once, when torch is loaded.
os.environ.setdefault('OMP_WAIT_POLICY', 'passive')
