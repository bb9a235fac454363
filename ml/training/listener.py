"""Who wants to know how far a training is: told, never asked, so that no result depends on it."""

from __future__ import annotations

from typing import Protocol


class Tell(Protocol):
    """Is told what is being done, and which of how many it is."""

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        """Take one step's news."""


def tell_nobody(step: str, done: int | None = None, total: int | None = None) -> None:
    """Take the news and leave it."""
    del step, done, total
