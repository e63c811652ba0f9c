# SPDX-License-Identifier: Apache-2.0
"""The privileged expert driver of the embedded simulator, modelled on PDM-Lite."""

from simlingo_sim.expert.config import ExpertConfig as ExpertConfig
from simlingo_sim.expert.driver import Expert as Expert
from simlingo_sim.expert.reason import ExpertReason as ExpertReason
