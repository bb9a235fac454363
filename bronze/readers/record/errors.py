"""Errors inside the readers. None leaves them: each becomes a rejected record."""

from bronze.readers.batch import Fault


class ReadError(Exception):
    """Something of a file could not be read; `fault` says why."""

    def __init__(self, reason: str, detail: str, column: str | None = None) -> None:
        super().__init__(detail)
        self.fault = Fault(reason, detail, column)


class FieldError(ReadError):
    """One field could not be decoded."""


class RecordError(ReadError):
    """A whole record could not be read."""
