"""One writer at a time on a lake: a kernel lock that dies with its holder, and a note that names the holder."""

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from lakehouse.errors import LakeBusyError, UsageError
from lakehouse.log import log


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lake: process id, job, and since when (UTC, ISO 8601)."""

    pid: int
    job: str
    since: str

    def __str__(self) -> str:
        return f"{self.job} (process {self.pid}, since {self.since})"


@contextmanager
def lake_lock(lake: Path, job: str, *, wait: bool = True) -> Iterator[None]:
    """Hold the lake for `job`; a second run waits and says for whom.

    The lock is `flock` on `<lake>/.lock`, an empty file that is made once and never written: SIGKILL frees it. Who
    holds it stands outside the lake, in the system's folder for run-time files.

    Raises:
        LakeBusyError: The lake is held and `wait` is false.
        UsageError: The lake's folder cannot be made or written.
    """
    descriptor = _open(lake)
    try:
        _acquire(descriptor, lake, wait=wait)
        note = _write_note(lake, job)
        try:
            yield
        finally:
            if note is not None:
                note.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def holder(lake: Path) -> Holder | None:
    """Who left a note on this lake, if it can be read. The note may outlive a holder that was killed."""
    with suppress(OSError, ValueError, TypeError):
        return Holder(**json.loads(note_path(lake).read_text(encoding="utf-8")))
    return None


def is_held(lake: Path) -> bool:
    """Whether a process holds the lake at this moment."""
    path = lake / ".lock"
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def note_path(lake: Path) -> Path:
    """Where the note about this lake's holder stands."""
    digest = hashlib.sha256(str(lake.resolve()).encode()).hexdigest()[:16]
    return _notes_folder() / f"lake-{digest}.json"


def _open(lake: Path) -> int:
    try:
        lake.mkdir(parents=True, exist_ok=True)
        return os.open(lake / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o664)
    except OSError as exc:
        raise UsageError(f"lake {lake}: {exc.strerror}; set lake (ASSAY_LAKE) to a folder you may write") from exc


def _acquire(descriptor: int, lake: Path, *, wait: bool) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        who = holder(lake) or "a run of another user or machine"
        if not wait:
            raise LakeBusyError(f"lake {lake} is held by {who}; run again without --no-wait to wait for it") from exc
        log().warning("waiting for lake %s, held by %s", lake, who)
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _notes_folder() -> Path:
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and os.access(base, os.W_OK):
        return Path(base) / "assay"
    return Path(tempfile.gettempdir()) / f"assay-{os.getuid()}"


def _write_note(lake: Path, job: str) -> Path | None:
    """Leave the note; None where its folder cannot be used: the lock holds without it, only nameless."""
    note = note_path(lake)
    who = Holder(os.getpid(), job, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    try:
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if note.parent.stat().st_uid != os.getuid():
            return None
        draft = note.with_suffix(f".{who.pid}")
        draft.write_text(json.dumps(asdict(who)), encoding="utf-8")
        draft.replace(note)
    except OSError:
        return None
    return note
