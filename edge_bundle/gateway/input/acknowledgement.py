"""How much of live input is durable, on standard output: a sender need not keep it any longer.

A line is ``{"acknowledged": N}``: the first N lines that this state was ever given on live input are in it, synced to
the medium, or were counted as what was wrong with them. The first line comes at the start: there a sender goes on.
"""

from __future__ import annotations

import os
import select


class Acknowledgements:
    """Writes positions; one that nobody reads is left out, for a later one says more."""

    def __init__(self, handle: int) -> None:
        """Write to a file descriptor."""
        self._handle: int | None = handle
        self._reported = -1

    def __call__(self, taken: int) -> None:
        """Say that `taken` lines are durable, where that is news and the reader keeps up."""
        if taken == self._reported or self._handle is None:
            return
        try:
            # Source: POSIX poll and pipe: a pipe that is writable takes PIPE_BUF bytes, 512 or more, without waiting.
            if select.select([], [self._handle], [], 0)[1]:
                os.write(self._handle, b'{"acknowledged": %d}\n' % taken)
                self._reported = taken
        except OSError:
            self._handle = None  # The reader is gone; the report has nobody to read it either.
