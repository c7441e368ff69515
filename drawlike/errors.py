"""Errors that a user can act on.

Every message says the value at fault, what was expected, and what to do next.
"""


class DrawlikeError(Exception):
    """Base of every error that drawlike raises on purpose."""


class DataError(DrawlikeError, ValueError):
    """The data cannot be used as they are."""


class SchemaError(DataError):
    """The data and the schema, or two schemas, disagree."""


class UnsupportedError(DrawlikeError, TypeError):
    """The kind of data or the combination asked for is not supported."""


class SettingError(DrawlikeError, ValueError):
    """A hyper-parameter or an option has a value that makes no sense."""


class NotConditionalError(DrawlikeError, ValueError):
    """Labels or values were asked for that the model cannot be conditioned on."""


class ConstraintError(DrawlikeError, ValueError):
    """Rows that keep a constraint are too rare to be drawn, or there are not so many."""


class TrainingError(DrawlikeError, RuntimeError):
    """Training could not go on, and no usable state was reached."""


class CheckpointError(DrawlikeError, RuntimeError):
    """A checkpoint does not belong to this fit."""


class StoreError(DrawlikeError, ValueError):
    """A stored model cannot be written or read."""


class UnknownVersionError(StoreError):
    """The folder was written by a newer format than this library reads."""


class CorruptStoreError(StoreError):
    """The folder's content is missing, truncated, altered or unsafe."""


class MissingExtraError(DrawlikeError, ImportError):
    """An optional dependency is needed and not installed."""
