# SPDX-License-Identifier: Apache-2.0
"""All errors that the stack raises on purpose.

    SimlingoError
    ├── ConfigError        a setting is unknown, of the wrong type or out of range
    ├── ContractError      data handed over breaks its contract (shape, range, NaN)
    │   └── NonFiniteError a number is NaN or infinite
    ├── StaleInputError    data is missing or older than its limit
    ├── CheckpointError    a model file is missing, truncated, corrupted or of another model
    ├── WorldError         the simulated world cannot do what was asked
    └── BackendError       a library or device below us failed

A message names the value, what was expected and the remedy.  A node catches ``SimlingoError``,
reports it and stops the car; anything else ends the process.
"""


class SimlingoError(Exception):
    """Base of every error the stack raises on purpose."""


class ConfigError(SimlingoError):
    """A setting is unknown, of the wrong type or out of range."""


class ContractError(SimlingoError):
    """Data handed from one part to another breaks its contract."""


class NonFiniteError(ContractError):
    """A number that must be finite is NaN or infinite."""


class StaleInputError(SimlingoError):
    """Data is missing or older than its limit."""


class CheckpointError(SimlingoError):
    """A model file is missing, truncated, corrupted or of another model."""


class WorldError(SimlingoError):
    """The simulated world cannot do what was asked."""


class BackendError(SimlingoError):
    """A library or device below the stack failed."""
