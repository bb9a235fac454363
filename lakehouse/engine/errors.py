"""Errors of the engine."""

from lakehouse.errors import JobError, UsageError


class EngineError(JobError):
    """The engine could not be started, found or reached."""


class EngineMissingError(EngineError, UsageError):
    """What the engine is made of is not installed: Java, or Delta's jars."""
