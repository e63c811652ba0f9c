# SPDX-License-Identifier: Apache-2.0
"""Load a town by name or from an OpenDRIVE file."""

from __future__ import annotations

from pathlib import Path

from simlingo_core.errors import WorldError
from simlingo_sim.town.carla_map import CarlaMap
from simlingo_sim.town.opendrive_town import read_opendrive_town
from simlingo_sim.town.sumo_town import read_sumo_town
from simlingo_sim.town.town import Town

TOWN_FOLDER = Path(__file__).parents[1] / 'data' / 'towns'


def load_town(name_or_path: str | Path) -> Town:
    """Load a town of this package by name, or any OpenDRIVE file by path.

    A SUMO network ``<stem>.net.xml`` beside it adds traffic, traffic lights and crossings.

    Raises:
        WorldError: there is no such town, or the file is not usable OpenDRIVE.
    """
    path = find_town(name_or_path)
    carla_map = CarlaMap.from_file(path)
    net_path = path.with_suffix('.net.xml')
    if net_path.is_file():
        return read_sumo_town(carla_map, net_path)
    return read_opendrive_town(carla_map)


def find_town(name_or_path: str | Path) -> Path:
    """Return the OpenDRIVE file of a committed town or of a path, without reading it.

    Raises:
        WorldError: there is no such town.
    """
    path = Path(name_or_path)
    if path.suffix != '.xodr':
        path = TOWN_FOLDER / str(name_or_path) / f'{name_or_path}.xodr'
    if not path.is_file():
        raise WorldError(
            f'there is no town {str(name_or_path)!r}; expected one of '
            f'{", ".join(town_names())} or the path of an .xodr file'
        )
    return path


def town_names() -> tuple[str, ...]:
    """Return the names of the towns in this package."""
    return tuple(sorted(path.name for path in TOWN_FOLDER.iterdir() if path.is_dir()))
