# SPDX-License-Identifier: Apache-2.0
"""What all files of the data set have in common: keys with unit, frame and user; reading; errors.

The models describe files *as they lie on disk*: CARLA's axes (x forward, y right, yaw clockwise)
and upstream's key names.  Keys that a file has beyond them are kept and can be counted
(``unknown_keys``); nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    TypeAdapter,
)
from pydantic import ValidationError as PydanticError
from pydantic.fields import FieldInfo

from simlingo_training.data_problems import DataError
from simlingo_training.gz_json import read_gz


def _truth(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError(f'it is the text {value!r}; expected true or false')
    return value


LARGEST = 1e6
Number = Annotated[float, Strict(), Field(ge=-LARGEST, le=LARGEST)]
"""A finite number; text is none, and no metre, second or percent is larger than a million."""
Truth = Annotated[bool, BeforeValidator(_truth)]
"""true or false, also as 1 and 0; text is none."""
Text = Annotated[str, Strict()]
Point = tuple[Number, Number]
Point3 = tuple[Number, Number, Number]
Row = tuple[Number, Number, Number, Number]
Matrix = tuple[Row, Row, Row, Row]


def _rigid(rows: Matrix) -> Matrix:
    matrix = np.array(rows)
    turn = matrix[:3, :3]
    is_turn = np.allclose(turn @ turn.T, np.eye(3), atol=_TURN_ERROR)
    if not is_turn or not np.array_equal(matrix[3], [0.0, 0.0, 0.0, 1.0]):
        raise ValueError('it is no pose; expected a rotation, a place, and 0, 0, 0, 1 below')
    return rows


_TURN_ERROR = 1e-3
Pose = Annotated[Matrix, AfterValidator(_rigid)]
"""A matrix that turns and moves, and does nothing else."""

_UNION = re.compile(r'\[|^(str|int|float|bool|constrained-str)$')
"""What pydantic calls the members of a union in the place of a fault."""

File = TypeVar('File', bound=BaseModel)


def key(meaning: str, *, unit: str = '', frame: str = '', users: str = '', **more: Any) -> Any:
    """Describe a key of a file.

    Args:
        meaning: one line.
        unit: such as ``m/s``; empty: none.
        frame: of coordinates: ``ego`` (CARLA's axes, of the car), ``map`` (CARLA's map).
        users: who needs it: ``loader``, ``commentary``, ``vqa``, ``dreamer``, ``buckets``.
        more: ``default``, ``alias`` and constraints of ``pydantic.Field``.
    """
    extra: Any = {'unit': unit, 'frame': frame, 'users': users}
    return Field(description=meaning, json_schema_extra=extra, **more)


class FileModel(BaseModel):
    """A file of the data set or an object in one."""

    model_config = ConfigDict(
        extra='allow',
        allow_inf_nan=False,
        populate_by_name=True,
        arbitrary_types_allowed=False,
        protected_namespaces=(),
    )

    def to_json(self) -> dict[str, Any]:
        """Return the object as the file holds it, unknown keys included."""
        return self.model_dump(by_alias=True, mode='json')

    def unknown_keys(self) -> list[str]:
        """Return the keys that the schema does not know, those of inner objects as ``a.b``."""
        found = list(self.model_extra or {})
        for name in type(self).model_fields:
            found += [f'{name}.{inner}' for inner in _unknown(getattr(self, name))]
        return sorted(set(found))


def unknown_keys_of(content: Any) -> list[str]:
    """Return the keys of a file, whatever it is made of, that the schema does not know."""
    return sorted(set(_unknown(content)))


def _unknown(value: Any) -> Iterator[str]:
    if isinstance(value, FileModel):
        yield from value.unknown_keys()
    elif isinstance(value, dict):
        for item in value.values():
            yield from _unknown(item)
    elif isinstance(value, list):
        for item in value:
            yield from _unknown(item)


@dataclass(frozen=True, kw_only=True)
class KeyRow:
    """One row of the table of keys."""

    name: str
    unit: str
    frame: str
    users: str
    meaning: str
    is_required: bool


def key_rows(model: type[FileModel]) -> list[KeyRow]:
    """Return the keys of a model, in order."""
    return [_row(info.alias or name, info) for name, info in model.model_fields.items()]


def _row(name: str, info: FieldInfo) -> KeyRow:
    extra: Any = info.json_schema_extra or {}
    return KeyRow(
        name=name,
        unit=extra.get('unit', ''),
        frame=extra.get('frame', ''),
        users=extra.get('users', ''),
        meaning=info.description or '',
        is_required=info.is_required(),
    )


def parse(model: type[File] | TypeAdapter[Any], data: Any, path: Path = Path()) -> Any:
    """Turn the content of a file into its model.

    Args:
        model: of the file.
        data: as JSON has it.
        path: of the file, for errors.

    Raises:
        DataError: a key is missing or wrong; it names file, key and reason.
    """
    try:
        if isinstance(model, TypeAdapter):
            return model.validate_python(data)
        return model.model_validate(data)
    except PydanticError as error:
        raise data_error(error, path) from error


def read_file(model: type[File] | TypeAdapter[Any], path: Path) -> Any:
    """Read a gzipped JSON file into its model.

    Raises:
        DataError: the file cannot be read, or a key is missing or wrong.
    """
    return parse(model, read_gz(path), path)


def data_error(error: PydanticError, path: Path) -> DataError:
    """Return the first fault of a file as an error that names the key."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = [str(part) for part in first['loc'] if not _UNION.search(str(part))]
    tail: list[str] = []
    while place and place[-1].isdecimal():
        tail.insert(0, place.pop())
    name = '.'.join(place)
    if first['type'] == 'missing':
        return DataError(path, name or 'file', 'is missing')
    where = f'element {".".join(tail)}: ' if tail else ''
    message = first['msg'].removeprefix('Value error, ')
    reason = f'is wrong ({where}{message}; it is {_short(first["input"])})'
    return DataError(path, name, reason)


def _short(value: Any, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else f'{text[:limit]} ...'
