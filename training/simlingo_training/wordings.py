# SPDX-License-Identifier: Apache-2.0
"""What dreams say; the words themselves belong to everybody: ``simlingo_core.wordings``."""

from simlingo_core.wordings import WORDINGS, DreamKind, Wordings, speed_words

__all__ = ['WORDINGS', 'DreamKind', 'Wordings', 'speed_words']
