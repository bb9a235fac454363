"""Why a record or a field of it cannot be read: what readers raise, and what they hand on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Why something could not be read: a code of `reasons`, a sentence, the source column where one is to blame.

    `code` is the source's quality code of a value that is not good.
    """

    reason: str
    detail: str
    column: str | None = None
    code: str | None = None


class ReadError(Exception):
    """Something of a file could not be read; `fault` says why."""

    def __init__(self, reason: str, detail: str, column: str | None = None, code: str | None = None) -> None:
        super().__init__(detail)
        self.fault = Fault(reason, detail, column, code)


class FieldError(ReadError):
    """One field could not be decoded."""


class RecordError(ReadError):
    """A whole record could not be read."""
