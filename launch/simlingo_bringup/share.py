# SPDX-License-Identifier: Apache-2.0
"""Where the package's launch, parameter and layout files lie."""

from pathlib import Path

from simlingo_core.errors import ConfigError

PACKAGE = 'simlingo_bringup'


def find_share(*parts: str) -> Path:
    """Return a file or folder of ``share/simlingo_bringup``.

    It is looked for beside the package (source tree, editable installation), then below each
    enclosing prefix (``pip``, ``colcon``).

    Raises:
        ConfigError: it is nowhere.
    """
    package = Path(__file__).resolve().parent
    places = [package.parent, *(parent / 'share' / PACKAGE for parent in package.parents)]
    for place in places:
        candidate = place.joinpath(*parts)
        if candidate.exists():
            return candidate
    raise ConfigError(
        f'{Path(*parts)} of {PACKAGE} is not installed; expected it below {places[0]} or '
        f'share/{PACKAGE}; install the package again'
    )
