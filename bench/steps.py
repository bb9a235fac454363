"""The seconds of a job's steps, from the lines of progress that it logs."""

import logging
import time

from lakehouse.log import log


class Steps(logging.Handler):
    """When each step of a job began, by its words."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.began: list[tuple[str, float]] = []
        self._level = logging.NOTSET
        self._ended = 0.0

    def __enter__(self) -> "Steps":
        self._level = log().level
        log().setLevel(logging.INFO)
        log().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = time.monotonic()
        log().removeHandler(self)
        log().setLevel(self._level)

    def emit(self, record: logging.LogRecord) -> None:
        """A step begins: its words up to the count of how many."""
        self.began.append((record.getMessage().partition(", ")[0], time.monotonic()))

    def seconds(self) -> dict[str, float]:
        """Seconds of each step, to the begin of the next."""
        ends = [*(at for _, at in self.began), self._ended][1:]
        found: dict[str, float] = {}
        for (words, at), end in zip(self.began, ends, strict=True):
            found[words] = found.get(words, 0.0) + end - at
        return found
