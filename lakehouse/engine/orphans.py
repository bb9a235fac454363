"""What a killed client leaves behind: its operations go on in the server and may still commit.

Each session is noted before it is used. A later session of the same lake ends those whose process is gone: it cancels
their operations and waits until each has really ended, since a cancelled operation that is committing still commits
(measured: the commit was there 70 ms after the cancellation had been acknowledged).
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.engine.client import connect, is_gone, operation_ended
from lakehouse.engine.process import started_at
from lakehouse.log import log

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True, slots=True)
class SessionNote:
    """Who uses which session of which server; `began` tells the process from a later one of the same id."""

    remote: str
    session_id: str
    pid: int
    began: str

    @property
    def is_orphaned(self) -> bool:
        """Whether the process that used the session is gone."""
        return started_at(self.pid) != self.began


@contextmanager
def noted(state: Path, lake: Path, spark: "SparkSession", remote: str) -> Iterator[None]:
    """Keep a note of this process's session while it is used."""
    note = SessionNote(remote, spark.session_id, os.getpid(), started_at(os.getpid()))
    path = _folder(state, lake) / f"{note.session_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds the engine's token
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(asdict(note), out)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def has_notes(state: Path, lake: Path) -> bool:
    """Whether there is a session of the lake that is in use, or that a killed run has left."""
    return any(_folder(state, lake).glob("*.json"))


def end_orphans(state: Path, lake: Path) -> None:
    """End every session of the lake whose process is gone, and wait until its operations have ended."""
    for path in sorted(_folder(state, lake).glob("*.json")):
        note = _read(path)
        if note is None or note.is_orphaned:
            if note is not None:
                _end(note)
            path.unlink(missing_ok=True)


def _end(note: SessionNote) -> None:
    spark = connect(note.remote, note.session_id)
    try:
        operations = spark.interruptAll()
        if operations:
            log().warning("a killed run left %d operations in the engine; waiting for their end", len(operations))
        for operation in operations:
            operation_ended(spark, operation)
        spark.stop()
    except Exception as exc:
        if not is_gone(exc):
            raise
        log().debug("the session of a killed run has ended: %s", exc)
    finally:
        spark.client.close()


def _read(path: Path) -> SessionNote | None:
    with suppress(OSError, ValueError, TypeError):
        return SessionNote(**json.loads(path.read_text(encoding="utf-8")))
    return None


def _folder(state: Path, lake: Path) -> Path:
    return state / "sessions" / sha256(str(lake.resolve()).encode()).hexdigest()[:16]
