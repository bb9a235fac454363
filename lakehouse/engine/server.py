"""A Spark Connect server as a child process: its command line, its start, its end."""

import ctypes
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lakehouse.bounded_log import bound_log
from lakehouse.engine.configuration import spark_configuration
from lakehouse.engine.errors import EngineError, EngineMissingError
from lakehouse.engine.process import end_process, started_at
from lakehouse.engine.scratch import new_scratch

# It takes 5 to 20 s. One that ends is seen at once, so the limit is for one that hangs; a busy machine needs longer.
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 30.0
LOG = "engine.log"
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where a server listens, what opens it, and which process it is."""

    port: int
    token: str
    pid: int

    @property
    def remote(self) -> str:
        """The Spark Connect URL. `localhost`, not 127.0.0.1: with a token the client would ask the latter for TLS."""
        return f"sc://localhost:{self.port}/;token={self.token}"


def start_server(
    home: Path, *, memory: str, cores: int, outlives_us: bool, spawned: Callable[[EngineAddress], object] | None = None
) -> EngineAddress:
    """Start a server below `home` (log, work files) and wait until it listens. Interrupted, it leaves none behind.

    Args:
        home: Folder for the server's log and temporary files; made where absent.
        memory: Heap of the JVM, as Spark writes it (`4g`).
        cores: Number of task slots.
        outlives_us: False ties the server's life to this process, so that a killed command leaves no server behind.
        spawned: Notified of the server as soon as its process is there, before it listens.

    Raises:
        EngineMissingError: Java or Delta's jars are not installed.
        EngineError: It ended or did not listen in time; the message shows the end of its log.
    """
    _check_java()
    scratch = new_scratch(home, outlives_us=outlives_us)
    port, token = _free_port(), secrets.token_hex(16)
    log = home / LOG
    bound_log(log)
    with log.open("ab") as sink:
        process = subprocess.Popen(
            _command(scratch, port, memory, cores),
            stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=home, start_new_session=True,  # Ctrl-C is ours
            env=_environment(token), preexec_fn=None if outlives_us else _die_with_parent(),  # noqa: PLW1509 only prctl runs between fork and exec
        )  # fmt: skip
    address = EngineAddress(port, token, process.pid)
    try:
        if spawned is not None:
            spawned(address)
        _wait_until_listening(process, port, log)
    except BaseException:
        process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
        raise
    return address


def stop_server(pid: int, began: str = "") -> None:
    """End the server of that process id: politely, then for good.

    Args:
        pid: Its process.
        began: When that process began, as `started_at` tells it; may be left out for a child of this process, whose id
            is not given away while it is one.

    Raises:
        EngineError: It lives on, though it was killed.
    """
    end_process(pid, began or started_at(pid), STOP_TIMEOUT_S)


def is_listening(port: int) -> bool:
    """Whether a server listens on that port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=str(Path(home, "bin")) if home else None) is None:
        where = f"in JAVA_HOME = {home}" if home else "on the PATH"
        raise EngineMissingError(f"no Java {where}; install Java 17 (Debian: apt install openjdk-17-jre-headless)")


def _spark_home() -> Path:
    """The folder of pyspark, found and not imported: that takes a third of a second which the JVM may have."""
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise EngineMissingError("pyspark is not installed; run `make setup`")
    return Path(spec.origin).parent


def _command(scratch: Path, port: int, memory: str, cores: int) -> list[str]:
    spark = _spark_home()
    options = [
        part
        for key, value in spark_configuration(scratch, port=port, cores=cores).items()
        for part in ("--conf", f"{key}={value}")
    ]
    return [
        str(spark / "bin" / "spark-submit"), "--driver-memory", memory,
        "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", *options, "spark-internal",
    ]  # fmt: skip


def _environment(token: str) -> dict[str, str]:
    """Workers must run this interpreter and see our modules: the readers run inside them."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    inherited = {key: value for key, value in os.environ.items() if key != "SPARK_REMOTE"}
    return {
        **inherited,
        "SPARK_CONNECT_AUTHENTICATE_TOKEN": token,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": path,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _die_with_parent() -> Callable[[], None]:
    libc, parent = ctypes.CDLL(None), os.getpid()

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it was killed before the kernel knew what to do then
            os._exit(1)

    return arrange


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise EngineError(f"the engine ended with code {process.returncode}; its log ends:\n{_tail(log)}")
        if is_listening(port):
            return
        time.sleep(0.05)
    raise EngineError(f"the engine did not listen within {START_TIMEOUT_S:.0f} s; its log ends:\n{_tail(log)}")


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
