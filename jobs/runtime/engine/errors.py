"""Errors of the engine."""


class EngineError(Exception):
    """The engine could not be started, found or reached."""
