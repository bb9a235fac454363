"""Who is notified of the progress of a training; never asked, so that no result depends on it."""

from __future__ import annotations

from typing import Protocol


class Notify(Protocol):
    """Takes what is being done, and which of how many it is."""

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        """Take one report of progress."""


def notify_nobody(step: str, done: int | None = None, total: int | None = None) -> None:
    """Ignore it."""
    del step, done, total
