"""Errors of jobs. Each says what was got, what is legal, and what to do; `exits.py` turns them into exit codes."""

from collections.abc import Mapping
from typing import Any


class JobError(Exception):
    """A job could not do its work, for a reason that is known."""


class UsageError(JobError):
    """The call cannot be carried out as it is: bad arguments, bad settings, a missing prerequisite."""


class SettingsError(UsageError):
    """A setting is unknown or has a bad value."""


class LakeBusyError(UsageError):
    """Another run holds the lake and the caller did not want to wait."""


class CommitMetadataError(JobError):
    """A table's log holds metadata of ours with a value of another type."""


class UnauditedError(JobError):
    """Something was to be written that the gate has not audited: a defect of the code that calls."""


class DoubledKeyError(JobError):
    """A batch has a key twice, which would count twice: a defect of the code that made it."""


class GateRefused(JobError):  # noqa: N818  # a refusal is an answer of a gate, not a failure of the job
    """A gate refused: the suite of a table, or the comparison of models. Nothing was published.

    Attributes:
        data: The numbers and reasons of the refusal, for `--json`.
    """

    def __init__(self, message: str, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.data: Mapping[str, Any] = data or {}


class RuleRefused(GateRefused):
    """A rule over tables that must hold does not. What it was asked of was published; what follows is not built."""
