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
from dataclasses import dataclass
from pathlib import Path

from jobs.runtime.engine.configuration import spark_configuration
from jobs.runtime.engine.errors import EngineError, EngineMissingError

START_TIMEOUT_S = 90.0
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


def start_server(home: Path, *, memory: str, cores: int, outlives_us: bool) -> EngineAddress:
    """Start a server below `home` (log, work files) and wait until it listens.

    Args:
        home: Folder for the server's log and temporary files; made where absent.
        memory: Heap of the JVM, as Spark writes it (`4g`).
        cores: Number of task slots.
        outlives_us: False ties the server's life to this process, so that a killed command leaves no server behind.

    Raises:
        EngineMissingError: Java or Delta's jars are not installed.
        EngineError: It ended or did not listen in time; the message shows the end of its log.
    """
    _check_java()
    home.mkdir(parents=True, exist_ok=True)
    port, token = _free_port(), secrets.token_hex(16)
    log = home / "engine.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            _command(home, port, memory, cores),
            stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=home, start_new_session=outlives_us,
            env=_environment(token), preexec_fn=None if outlives_us else _die_with_parent(),  # noqa: PLW1509 only prctl runs between fork and exec
        )  # fmt: skip
    _wait_until_listening(process, port, log)
    return EngineAddress(port, token, process.pid)


def stop_server(pid: int, timeout_s: float = 20.0) -> None:
    """End the server of that process id: politely, then for good."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not _signal(pid, sign):
            return
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if not is_running(pid):
                return
            time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process of that id runs; a child of ours that has ended is reaped and does not count."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def started_at(pid: int) -> str:
    """When the process of that id began, in the kernel's ticks: tells it from a later one of the same id."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=str(Path(home, "bin")) if home else None) is None:
        where = f"in JAVA_HOME = {home}" if home else "on the PATH"
        raise EngineMissingError(f"no Java {where}; install Java 17 (Debian: apt install openjdk-17-jre-headless)")


def _signal(pid: int, sign: signal.Signals) -> bool:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return False
    return is_running(pid)


def _command(home: Path, port: int, memory: str, cores: int) -> list[str]:
    import pyspark

    spark = Path(pyspark.__file__).parent
    options = [
        part
        for key, value in spark_configuration(home, port=port, cores=cores).items()
        for part in ("--conf", f"{key}={value}")
    ]
    return [
        str(spark / "bin" / "spark-submit"), "--driver-memory", memory,
        "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", *options, "spark-internal",
    ]  # fmt: skip


def _environment(token: str) -> dict[str, str]:
    """Workers must run this interpreter and see our modules: the readers run inside them."""
    root = str(Path(__file__).resolve().parents[3])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    kept = {key: value for key, value in os.environ.items() if key != "SPARK_REMOTE"}
    return {
        **kept,
        "SPARK_CONNECT_AUTHENTICATE_TOKEN": token,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": path,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _die_with_parent() -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

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
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    process.kill()
    raise EngineError(f"the engine did not listen within {START_TIMEOUT_S:.0f} s; its log ends:\n{_tail(log)}")


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
