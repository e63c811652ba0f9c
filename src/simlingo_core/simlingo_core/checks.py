# SPDX-License-Identifier: Apache-2.0
"""Checks of arrays and numbers that raise errors with the name and the value."""

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlingo_core.errors import ContractError, NonFiniteError


def finite_array(name: str, value: ArrayLike, shape: Sequence[int | None]) -> NDArray[np.float64]:
    """Return ``value`` as a read-only float64 array of ``shape`` (``None``: any length).

    Raises:
        ContractError: the shape differs or the value is not numeric.
        NonFiniteError: an element is NaN or infinite.
    """
    try:
        given = np.asarray(value)
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ContractError(f'{name} is not an array of numbers: {error}') from error
    if given.dtype.kind not in 'fiu':
        raise ContractError(f'{name} is an array of {given.dtype}; expected numbers')
    if array.ndim != len(shape) or any(
        want is not None and got != want for got, want in zip(array.shape, shape, strict=True)
    ):
        wanted = tuple('any' if n is None else n for n in shape)
        raise ContractError(f'{name} has shape {array.shape}; expected {wanted}')
    if not np.isfinite(array).all():
        first = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise NonFiniteError(
            f'{name}{list(first)} is {array[first]}; every element must be a finite number'
        )
    array.flags.writeable = False
    return array


def finite_number(name: str, value: Any) -> float:
    """Return ``value`` as a float.

    Raises:
        ContractError: it is not a number.
        NonFiniteError: it is NaN or infinite.
    """
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, str | bytes | bool):
        raise ContractError(f'{name} is {value!r}; expected a number')
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ContractError(f'{name} is {value!r}; expected a number') from error
    if not math.isfinite(number):
        raise NonFiniteError(f'{name} is {number}; expected a finite number')
    return number


def number_in_range(name: str, value: Any, low: float, high: float) -> float:
    """Return ``value`` as a float within [low, high].

    Raises:
        ContractError: it is not a number or out of range.
        NonFiniteError: it is NaN or infinite.
    """
    number = finite_number(name, value)
    if not low <= number <= high:
        raise ContractError(f'{name} is {number}; expected {low} to {high}')
    return number


def store_finite(instance: Any, *names: str) -> None:
    """Store fields of a frozen dataclass as finite floats.

    Raises:
        ContractError: a field is not a number.
        NonFiniteError: a field is NaN or infinite.
    """
    for name in names:
        value = finite_number(f'{type(instance).__name__}.{name}', getattr(instance, name))
        object.__setattr__(instance, name, value)


def store_in_range(instance: Any, name: str, low: float, high: float) -> None:
    """Store a field of a frozen dataclass as a float within [low, high].

    Raises:
        ContractError: it is not a number or out of range.
        NonFiniteError: it is NaN or infinite.
    """
    value = getattr(instance, name)
    if type(value) is float and math.isfinite(value) and low <= value <= high:
        return
    key = f'{type(instance).__name__}.{name}'
    object.__setattr__(instance, name, number_in_range(key, value, low, high))


def store_member(instance: Any, name: str, enum: type[IntEnum]) -> None:
    """Store a field of a frozen dataclass as a member of an enumeration.

    Raises:
        ContractError: no member has that value.
    """
    value = getattr(instance, name)
    try:
        object.__setattr__(instance, name, enum(value))
    except ValueError as error:
        known = ', '.join(str(member.value) for member in enum)
        raise ContractError(
            f'{type(instance).__name__}.{name} is {value!r}; expected one of {known}'
        ) from error
