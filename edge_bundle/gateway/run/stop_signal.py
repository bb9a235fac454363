"""SIGINT and SIGTERM end a run between two records. The process takes them over at its rim, and nobody else does."""

from __future__ import annotations

import signal
from types import FrameType


class StopSignal:
    """Remembers that the process was asked to end.

    Attributes:
        number: The signal that came; 0 for none.
    """

    def __init__(self) -> None:
        self.number = 0

    def listen(self) -> None:
        """Take the two signals over from Python's defaults: once in a process."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def __call__(self) -> bool:
        """Whether to stop."""
        return self.number != 0

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.number = number
