"""One process at a time delivers; another waits for a while, then leaves what it found to the one that delivers."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "alerts.sender.lock"
_POLL_S = 0.1


@contextmanager
def sender_lock(state: Path, patience_s: float) -> Iterator[bool]:
    """Whether this process may deliver. The lock dies with its holder.

    Raises:
        OSError: The state folder cannot be written.
    """
    state.mkdir(parents=True, exist_ok=True)
    handle = os.open(state / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
    try:
        yield _acquire(handle, time.monotonic() + patience_s)
    finally:
        os.close(handle)


def _acquire(handle: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        else:
            return True
