"""One writer at a time on a lake: a kernel lock that dies with its holder, and a note that names the holder."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from lakehouse.errors import LakeBusyError, UsageError
from lakehouse.log import log
from lakehouse.storage.errors import BusyError, StorageError
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at

_LOCK = Key(".lock")


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

    The lock is the storage's, on `.lock` of the lake: a holder's end frees it, SIGKILL too. Who holds it is written
    outside the lake, in the system's folder for run-time files.

    Raises:
        LakeBusyError: The lake is held and `wait` is false.
        UsageError: The lake's folder cannot be made or written.
    """
    with _held(lake, wait=wait):
        note = _write_note(lake, job)
        try:
            yield
        finally:
            if note is not None:
                note.unlink(missing_ok=True)


def holder(lake: Path) -> Holder | None:
    """Who left a note on this lake, if it can be read. The note may outlive a holder that was killed."""
    with suppress(OSError, ValueError, TypeError):
        return Holder(**json.loads(note_path(lake).read_text(encoding="utf-8")))
    return None


def is_held(lake: Path) -> bool:
    """Whether a process holds the lake at this moment."""
    return storage_at(lake).is_locked(_LOCK)


def note_path(lake: Path) -> Path:
    """Where the note about this lake's holder is."""
    digest = hashlib.sha256(str(lake.resolve()).encode()).hexdigest()[:16]
    return _notes_folder() / f"lake-{digest}.json"


@contextmanager
def _held(lake: Path, *, wait: bool) -> Iterator[None]:
    with ExitStack() as held:
        try:
            try:
                held.enter_context(storage_at(lake).lock(_LOCK, wait=False))
            except BusyError:
                _tell(lake, wait=wait)
                held.enter_context(storage_at(lake).lock(_LOCK))
        except StorageError as exc:
            raise UsageError(f"lake {lake}: {exc.strerror}; set lake (ASSAY_LAKE) to a folder you may write") from exc
        yield


def _tell(lake: Path, *, wait: bool) -> None:
    """Say for whom the run waits; or that it does not."""
    who = holder(lake) or "a run of another user or machine"
    if not wait:
        raise LakeBusyError(f"lake {lake} is held by {who}; run again without --no-wait to wait for it")
    log().warning("waiting for lake %s, held by %s", lake, who)


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
