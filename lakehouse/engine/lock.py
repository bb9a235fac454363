"""One process at a time starts or stops the warm engine; the others wait, though not for ever."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lakehouse.engine.errors import EngineError
from lakehouse.engine.server import START_TIMEOUT_S, STOP_TIMEOUT_S

# The longest that a holder needs: it ends what a killed one left half started, and starts its own.
PATIENCE_S = START_TIMEOUT_S + 2 * STOP_TIMEOUT_S


@contextmanager
def engine_lock(state: Path, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Hold the engine's state below `state`. The lock dies with its holder, and no engine inherits it.

    Raises:
        EngineError: Another process has held it for `patience_s` seconds.
    """
    state.mkdir(parents=True, exist_ok=True)
    with (state / "engine.lock").open("w") as handle:
        _acquire(handle, state, patience_s)
        yield


def _acquire(handle: IO[str], state: Path, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            if time.monotonic() > deadline:
                raise EngineError(
                    f"another process has been starting or stopping the engine for {patience_s:.0f} s; "
                    f"`fuser {state / 'engine.lock'}` names it, {state / 'engine' / 'engine.log'} says how far it got"
                ) from exc
            time.sleep(0.05)
        else:
            return
