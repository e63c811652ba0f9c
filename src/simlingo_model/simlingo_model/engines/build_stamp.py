# SPDX-License-Identifier: Apache-2.0
"""What an engine was built from and for; engines of TensorRT run on nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path

from simlingo_core.errors import CheckpointError, ConfigError
from simlingo_model.engines.manifest import hash_file
from simlingo_model.file_faults import why_unreadable
from simlingo_model.section import Section

FILE = 'built.json'
_WORDS = {
    'version': 'with another version of TensorRT',
    'hardware': 'for other hardware',
    'precision': 'in another precision',
    'graphs': 'from other graphs (the model was exported again)',
}


@dataclass(frozen=True, kw_only=True)
class BuildStamp(Section):
    """What has to be the same where a built engine is used.

    Attributes:
        version: of the library.
        hardware: name and compute capability of the device.
        precision: number format.
        graphs: SHA-256 of the ONNX files, by name.
        weights_bytes: size of their file of weights.
    """

    version: str
    hardware: str
    precision: str
    graphs: dict[str, str] = field(default_factory=dict)
    weights_bytes: int = 0

    def write(self, folder: Path) -> None:
        """Write it beside the built engines."""
        (folder / FILE).write_text(json.dumps(self.to_dict(), indent=2) + '\n', encoding='utf-8')


def graph_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each ONNX file of a folder."""
    return {path.name: hash_file(path) for path in sorted(folder.glob('*.onnx'))}


def check_stamp(folder: Path, here: BuildStamp, remedy: str) -> None:
    """Check that the engines of a folder were built from these graphs for this machine.

    Args:
        folder: of the built engines.
        here: what they have to be.
        remedy: end of the message.

    Raises:
        CheckpointError: there are none, or they are others; the message has both values.
    """
    if not (folder / FILE).is_file():
        raise CheckpointError(f'{folder} has no built engines ({FILE} is missing); {remedy}')
    try:
        content = json.loads((folder / FILE).read_text(encoding='utf-8'))
        built = BuildStamp.from_dict(content)
    except (OSError, ValueError, ConfigError) as error:
        raise CheckpointError(f'{why_unreadable(folder / FILE, error)}; {remedy}') from error
    for name in (one.name for one in fields(BuildStamp)):
        found, expected = getattr(built, name), getattr(here, name)
        if found != expected:
            how = _WORDS.get(name, _WORDS['graphs'])
            values = '' if how == _WORDS['graphs'] else f': {found!r}; here it is {expected!r}'
            raise CheckpointError(f'{folder} was built {how}{values}; {remedy}')
