# SPDX-License-Identifier: Apache-2.0
"""What lies around the streets of a town, as user data of the OpenDRIVE header.

``<userData code="hills_m" value="60"/>``; a file without such entries is flat land with tall
houses, as CARLA's towns and files of other tools are.
"""

from __future__ import annotations

import dataclasses

from lxml import etree

from simlingo_core.config import parameter, validate
from simlingo_core.errors import ConfigError, WorldError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Landscape:
    """Hills and houses around the streets."""

    hills_m: float = parameter(
        0.0, unit='m', low=0.0, high=200.0, description='Height of the hills; 0: flat land.'
    )
    most_floors: float = parameter(
        7.0, low=1.0, high=50.0, description='No house has more floors than this.'
    )

    def __post_init__(self) -> None:
        validate(self)

    def write(self, header: etree._Element) -> None:
        """Add what differs from the default to an OpenDRIVE header."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                etree.SubElement(header, 'userData', code=field.name, value=f'{value:g}')


def read_landscape(name: str, root: etree._Element) -> Landscape:
    """Return what an OpenDRIVE file says.

    Raises:
        WorldError: a value is no number or out of its range.
    """
    values = {}
    for field in dataclasses.fields(Landscape):
        data = root.find(f'header/userData[@code="{field.name}"]')
        if data is None:
            continue
        text = data.get('value') or ''
        try:
            values[field.name] = float(text)
        except ValueError as error:
            raise WorldError(f'{name}: {field.name} is {text!r}; expected a number') from error
    try:
        return Landscape(**values)
    except ConfigError as error:
        raise WorldError(f'{name}: {error}') from error
