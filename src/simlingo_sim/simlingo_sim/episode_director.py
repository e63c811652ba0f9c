# SPDX-License-Identifier: Apache-2.0
"""One episode after another in one process: which runs, and which can be run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from simlingo_core.errors import ConfigError, SimlingoError, WorldError
from simlingo_sim.config import SimConfig
from simlingo_sim.session import Session, write_summary
from simlingo_sim.situations import SITUATIONS, situation_kind
from simlingo_sim.town.route_files import ROUTE_FOLDER, find_named_route, read_route_ids


class EpisodeDirector:
    """Keeps the session of the episode that runs, and begins another when asked to.

    Args:
        config: of the first episode; later ones differ in route, situation and seed.

    Attributes:
        config: of the episode that runs.
        session: of the episode that runs.

    Raises:
        WorldError: the route or the situation cannot be staged.
    """

    def __init__(self, config: SimConfig) -> None:
        self.config = config
        self.session = Session(config)

    def start(self, route: str, situation: str, seed: int) -> None:
        """Give up the episode that runs and begin another.

        Raises:
            ConfigError: there is no such route or situation, or the seed is negative; the episode
                before goes on.
            WorldError: the situation has no place on the route; the episode before begins anew.
        """
        try:
            find_named_route(route)
            if situation:
                situation_kind(situation)
            config = replace(self.config, route=route, situation=situation, seed=seed)
        except WorldError as error:
            raise ConfigError(str(error)) from error
        self.session.close()
        try:
            self.session = Session(config)
        except SimlingoError as error:
            self.session = Session(self.config)
            raise WorldError(f'{error}; {self.config.route} begins anew') from error
        self.config = config

    def finish(self, facts: dict[str, Any]) -> dict[str, Any]:
        """Return the result of the episode with further facts; write it, if configured so."""
        summary = self.session.summary() | facts
        if self.config.result_path:
            write_summary(summary, Path(self.config.result_path))
        return summary


def known_routes() -> list[str]:
    """Return the names of all routes of this package, such as ``test:8``, set by set."""
    return [
        f'{path.stem}:{ident}'
        for path in sorted(ROUTE_FOLDER.glob('*.xml'))
        for ident in read_route_ids(path)
    ]


def known_situations() -> list[str]:
    """Return the names of all situations."""
    return list(SITUATIONS)
