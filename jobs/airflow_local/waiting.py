"""Waiting for something that somebody else does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from jobs.airflow_local.errors import RunTimeoutError

POLL_S = 0.5
Answer = TypeVar("Answer")


def until(asked: Callable[[], Answer | None], timeout_s: float, failure: str) -> Answer:
    """The first answer that is not None; asked every half second.

    Raises:
        RunTimeoutError: None came in time; with ``failure`` as its message.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if (answer := asked()) is not None:
            return answer
        time.sleep(POLL_S)
    raise RunTimeoutError(failure)
