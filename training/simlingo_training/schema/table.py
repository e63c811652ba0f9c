# SPDX-License-Identifier: Apache-2.0
"""The tables of keys of the page on the data format; run it as a module to print them."""

from __future__ import annotations

from simlingo_training.schema.base import FileModel, key_rows
from simlingo_training.schema.boxes import (
    CarBox,
    EgoBox,
    LandmarkBox,
    LaneFacts,
    StaticBox,
    StopSignBox,
    TrafficLightBox,
    WalkerBox,
    WeatherBox,
)
from simlingo_training.schema.dreamer import DreamOption
from simlingo_training.schema.ego_info import EgoInfoBox
from simlingo_training.schema.language import CommentaryFile, KeyObject, QuestionAnswer, VqaFile
from simlingo_training.schema.measurement import MeasurementFile
from simlingo_training.schema.results import ResultsFile

BEGIN = '<!-- tables of keys: python -m simlingo_training.schema.table -->'
TABLES: tuple[tuple[str, type[FileModel]], ...] = (
    ('`measurements/NNNN.json.gz`', MeasurementFile),
    ('`results.json.gz`', ResultsFile),
    ('`boxes`: `ego_car`', EgoBox),
    ('`boxes`: `car`', CarBox),
    ('`boxes`: `walker`', WalkerBox),
    ('`boxes`: `traffic_light`, `traffic_light_vqa`', TrafficLightBox),
    ('`boxes`: `stop_sign`, `stop_sign_vqa`', StopSignBox),
    ('`boxes`: `static`, `static_car`, `static_trafficwarning`', StaticBox),
    ('`boxes`: `landmark`', LandmarkBox),
    ('`boxes`: `weather`', WeatherBox),
    ('`boxes`: `ego_info`', EgoInfoBox),
    ('`boxes`: lanes in `ego_info`', LaneFacts),
    ('`commentary/NNNN.json.gz`', CommentaryFile),
    ('`vqa/NNNN.json.gz`', VqaFile),
    ('`vqa`: a key object', KeyObject),
    ('`vqa`: a question', QuestionAnswer),
    ('`dreamer/NNNN.json.gz`: an option', DreamOption),
)


def markdown() -> str:
    """Return all tables."""
    return '\n\n'.join(f'### {title}\n\n{_table(model)}' for title, model in TABLES) + '\n'


def _table(model: type[FileModel]) -> str:
    lines = ['| key | unit | frame | used by | meaning |', '|---|---|---|---|---|']
    for row in key_rows(model):
        name = f'**`{row.name}`**' if row.is_required else f'`{row.name}`'
        cells = (name, row.unit or '–', row.frame or '–', row.users or '–', row.meaning)
        lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(lines)


if __name__ == '__main__':
    print(markdown(), end='')
