# SPDX-License-Identifier: Apache-2.0
"""Where the files of a data set lie (SimLingo's layout, upstream_spec §4.1).

    <root>/data/simlingo/<split>/<route set>/<variant>/<episode>/
        rgb/NNNN.jpg  rgb_augmented/NNNN.jpg  measurements/NNNN.json.gz  boxes/NNNN.json.gz
        results.json.gz
    <root>/commentary/simlingo/<same>/commentary/NNNN.json.gz
    <root>/drivelm/simlingo/<same>/vqa/NNNN.json.gz
    <root>/dreamer/simlingo/<same>/dreamer/NNNN.json.gz

An episode counts once its ``results.json.gz`` is there: it is written last.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from simlingo_core.errors import ConfigError
from simlingo_sim.town.splits import Split, split_of_town

RESULTS = 'results.json.gz'


@dataclass(frozen=True)
class EpisodeFolder:
    """The folder of one episode.

    Attributes:
        root: of the data set.
        relative: the part after ``data/simlingo``.
    """

    root: Path
    relative: Path

    @property
    def split(self) -> Split:
        """What the episode may be used for, by its town: folders are ``<town>_Rep0_...``."""
        return split_of_town(self.relative.name.split('_Rep')[0])

    @property
    def data(self) -> Path:
        """Images and measurements."""
        return self.root / 'data' / 'simlingo' / self.relative

    @property
    def results(self) -> Path:
        """The score of the episode; there once it is complete."""
        return self.data / RESULTS

    @property
    def is_complete(self) -> bool:
        """Whether the episode was recorded to its end."""
        return self.results.is_file()

    def image(self, frame: int, *, is_shifted: bool = False) -> Path:
        """Return the image of a frame, of the training camera or of the shifted one."""
        return self.data / ('rgb_augmented' if is_shifted else 'rgb') / f'{frame:04d}.jpg'

    def measurement(self, frame: int) -> Path:
        """Return the measurement of a frame."""
        return self.data / 'measurements' / f'{frame:04d}.json.gz'

    def boxes(self, frame: int) -> Path:
        """Return the boxes of a frame."""
        return self.data / 'boxes' / f'{frame:04d}.json.gz'

    def commentary(self, frame: int) -> Path:
        """Return the commentary of a frame."""
        return self._commentary_folder / f'{frame:04d}.json.gz'

    def vqa(self, frame: int) -> Path:
        """Return the questions and answers of a frame."""
        return self._vqa_folder / f'{frame:04d}.json.gz'

    def dreams(self, frame: int) -> Path:
        """Return the dreams of a frame."""
        return self._dreamer_folder / f'{frame:04d}.json.gz'

    def part(self, number: int) -> EpisodeFolder:
        """Return the folder of one stretch of this episode; it reads like an episode."""
        name = f'{self.relative.name}_part{number:02d}'
        return EpisodeFolder(self.root, self.relative.with_name(name))

    def frame_count(self) -> int:
        """Return how many frames were stored: the number of the last one, plus one."""
        stored = (self.data / 'measurements').glob('[0-9]*.json.gz')
        names = [path.name.split('.')[0] for path in stored]
        # "0003 2" is a copy that a file manager has made.
        return max((int(name) + 1 for name in names if name.isdecimal()), default=0)

    def clear(self) -> None:
        """Remove what an interrupted recording has left of this episode and of its parts."""
        parts = [
            EpisodeFolder(self.root, self.relative.with_name(path.name))
            for path in self.data.parent.glob(f'{self.data.name}_part[0-9]*')
        ]
        for folder in (self, *parts):
            for path in folder.folders:
                shutil.rmtree(path, ignore_errors=True)

    @property
    def _commentary_folder(self) -> Path:
        return self.root / 'commentary' / 'simlingo' / self.relative / 'commentary'

    @property
    def _vqa_folder(self) -> Path:
        return self.root / 'drivelm' / 'simlingo' / self.relative / 'vqa'

    @property
    def folders(self) -> tuple[Path, ...]:
        """All folders of the episode: data, commentary, questions, dreams."""
        return self.data, self._commentary_folder, self._vqa_folder, self._dreamer_folder

    @property
    def _dreamer_folder(self) -> Path:
        return self.root / 'dreamer' / 'simlingo' / self.relative / 'dreamer'


def find_episodes(root: Path) -> list[EpisodeFolder]:
    """Return all complete episodes below a data set's root, sorted.

    Raises:
        ConfigError: there are none.
    """
    base = root / 'data' / 'simlingo'
    found = sorted(path.parent.relative_to(base) for path in base.glob(f'*/*/*/*/{RESULTS}'))
    if not found:
        raise ConfigError(
            f'{root} holds no complete episodes (looked for {base}/*/*/*/*/{RESULTS}); '
            'run simlingo collect first'
        )
    return [EpisodeFolder(root, relative) for relative in found]
