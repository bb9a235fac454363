"""A PostgreSQL server of its own for a test: a new cluster in a temporary folder, on loopback, with a password."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# A password with all that an address and Airflow's settings treat as special.
PASSWORD = "p@ss/w:rd$HOME%20?#&"
DATABASE, USER = "assay_airflow", "assay"
SERVER_USER = "postgres"


def programs() -> Path:
    """The folder of the server's programs; the test skips where there is none."""
    found = shutil.which("initdb")
    folders = (
        [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    if not folders:
        pytest.skip("no PostgreSQL server here: install the Debian package postgresql")
    return folders[0]


@contextmanager
def server(password: str = PASSWORD, database: str = DATABASE, port: int = 0) -> Iterator[int]:
    """A running server with one empty database; its port, any free one for 0. It ends with the context."""
    bin_folder = programs()
    home = Path(tempfile.mkdtemp(prefix="assay-postgres-"))
    try:
        as_user = _as_user(home)
        secret = home / "secret"
        secret.write_text(password, encoding="ascii")
        secret.chmod(0o644)
        data = home / "data"
        _run(as_user, bin_folder / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", "--pwfile", secret, "-N")
        port = port or free_port()
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c fsync=off"
        control = (bin_folder / "pg_ctl", "-D", data)
        _run(as_user, *control, "-w", "-t", "90", "-l", home / "log", "-o", options, "start")
        try:
            environment = {**os.environ, "PGPASSWORD": password}
            subprocess.run(
                [bin_folder / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", USER, database],
                check=True, capture_output=True, env=environment, cwd="/", timeout=60,
            )  # fmt: skip
            yield port
        finally:
            _run(as_user, *control, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _as_user(home: Path) -> list[str]:
    """The server refuses to run as root: then another user owns the folder and runs it."""
    if os.geteuid() != 0:
        return []
    try:
        account = pwd.getpwnam(SERVER_USER)
    except KeyError:
        pytest.skip(f"PostgreSQL does not run as root, and this machine has no user {SERVER_USER}")
    os.chown(home, account.pw_uid, account.pw_gid)
    return ["runuser", "-u", SERVER_USER, "--"]


def _run(as_user: list[str], *words: object) -> None:
    done = subprocess.run(
        [*as_user, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, cwd="/", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{words[0]}: {done.stderr}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
