"""What can go wrong in `ml`, one class per reason under one root."""

from __future__ import annotations


class ModelError(Exception):
    """Root of every error that `ml` raises on purpose."""


class FrameError(ModelError):
    """Raised when a frame handed in lacks a column, repeats a key or holds an illegal value."""


class LeakError(ModelError):
    """Raised when a label or a split knows something that was not known at scoring time."""


class TooLittleDataError(ModelError):
    """Raised when a model is asked for that the data cannot carry; ask `readiness` first."""


class ArtifactError(ModelError):
    """Raised when a model folder lacks a file or holds one that cannot be read."""
