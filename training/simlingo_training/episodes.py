# SPDX-License-Identifier: Apache-2.0
"""Where the files of a data set lie (SimLingo's layout, upstream_spec §4.1).

    <root>/data/simlingo/<split>/<route set>/<variant>/<drive>/
        rgb/NNNN.jpg  rgb_augmented/NNNN.jpg  measurements/NNNN.json.gz  boxes/NNNN.json.gz
        results.json.gz
    <root>/commentary/simlingo/<same>/commentary/NNNN.json.gz
    <root>/dreamer/simlingo/<same>/dreamer/NNNN.json.gz

A drive counts once its ``results.json.gz`` is there: it is written last.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simlingo_core.errors import ConfigError
from simlingo_sim.town.splits import Split, split_of_town

RESULTS = 'results.json.gz'


@dataclass(frozen=True)
class EpisodeFolder:
    """The folder of one drive.

    Attributes:
        root: of the data set.
        relative: the part after ``data/simlingo``.
    """

    root: Path
    relative: Path

    @property
    def split(self) -> Split:
        """What the drive may be used for, by its town: folders are ``<town>_Rep0_...``."""
        return split_of_town(self.relative.name.split('_Rep')[0])

    @property
    def data(self) -> Path:
        """Images and measurements."""
        return self.root / 'data' / 'simlingo' / self.relative

    @property
    def results(self) -> Path:
        """The score of the drive; there once it is complete."""
        return self.data / RESULTS

    @property
    def is_complete(self) -> bool:
        """Whether the drive was recorded to its end."""
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
        folder = self.root / 'commentary' / 'simlingo' / self.relative / 'commentary'
        return folder / f'{frame:04d}.json.gz'

    def dreams(self, frame: int) -> Path:
        """Return the dreams of a frame."""
        folder = self.root / 'dreamer' / 'simlingo' / self.relative / 'dreamer'
        return folder / f'{frame:04d}.json.gz'

    def part(self, number: int) -> EpisodeFolder:
        """Return the folder of one stretch of this drive; it reads like a drive of its own."""
        name = f'{self.relative.name}_part{number:02d}'
        return EpisodeFolder(self.root, self.relative.with_name(name))

    def frame_count(self) -> int:
        """Return how many frames were stored."""
        return sum(1 for _ in (self.data / 'measurements').glob('*.json.gz'))


def find_episodes(root: Path) -> list[EpisodeFolder]:
    """Return all complete drives below a data set's root, sorted.

    Raises:
        ConfigError: there are none.
    """
    base = root / 'data' / 'simlingo'
    found = sorted(path.parent.relative_to(base) for path in base.glob(f'*/*/*/*/{RESULTS}'))
    if not found:
        raise ConfigError(
            f'{root} holds no complete drives (looked for {base}/*/*/*/*/{RESULTS}); '
            'run simlingo collect first'
        )
    return [EpisodeFolder(root, relative) for relative in found]
