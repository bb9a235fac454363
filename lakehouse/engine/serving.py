"""The warm engine in the foreground, for a service manager: it says when it is ready, and ends when it is asked to."""

import os
import socket
import time
from pathlib import Path

from lakehouse.engine import warm
from lakehouse.engine.errors import EngineError
from lakehouse.engine.lock import engine_lock
from lakehouse.engine.process import is_running
from lakehouse.engine.server import LOG
from lakehouse.log import log

_LOOK_S = 1.0


def serve(state: Path, *, memory: str, cores: int) -> None:
    """Keep the engine until it is stopped (`assay engine stop`), or until this process is asked to end.

    An engine that runs already is taken over.

    Raises:
        EngineError: It cannot be started, or it ended by itself.
        SystemExit: SIGTERM came; the engine has been stopped.
        KeyboardInterrupt: Ctrl-C; the same.
    """
    engine, is_new = warm.start(state, memory=memory, cores=cores)
    try:
        word = "started" if is_new else "taken over"
        log().info("engine %s: port %d, process %d", word, engine.port, engine.pid)
        _tell_the_manager("READY=1")
        while is_running(engine.pid, engine.began):
            warm.bound_its_log(state)
            time.sleep(_LOOK_S)
    except BaseException:
        _tell_the_manager("STOPPING=1")
        warm.stop(state)
        raise
    with engine_lock(state):  # whoever stops it holds this until the record is gone
        was_stopped = not (state / "engine.json").exists()
    if not was_stopped:
        raise EngineError(f"the engine ended by itself; the end of {state / warm.HOME / LOG} may say why")


def _tell_the_manager(message: str) -> None:
    """One message of sd_notify(3); nothing where no service manager listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.connect(f"\0{address[1:]}" if address.startswith("@") else address)
        manager.sendall(message.encode())
