"""The run journal: of each job and DAG the last start, the last good end and the last bad end with its sentence.

One small file for each name and outcome, replaced in one step: no lock is needed, a killed writer leaves the old file,
and two jobs never write the same one. The journal is never a reason for a job to fail.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote

from lakehouse.log import log

FOLDER = "runs"
# Source: a sentence of a refused gate names every broken rule; what is longer is in the log of the run.
LONGEST_DETAIL = 1000
# Source: 19 commands and 5 DAGs are ours; a team's own DAGs may join. The oldest files go first.
MOST_FILES = 400
_LONGEST_NAME = 150
_STALE_DRAFT_S = 3600


class Outcome(StrEnum):
    """What is recorded of a run: that it began, or how it ended. `refused`: a gate answered, with exit code 3."""

    STARTED = "started"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a job or DAG.

    Attributes:
        name: The command of a job, such as `ingest`, or the id of a DAG.
        outcome: What happened.
        at: When, with a zone.
        detail: The sentence of a bad end; cut at `LONGEST_DETAIL` characters.
        error: Class of the error of a bad end; empty where none is known.
        pid: Process that runs the job; 0 where the run is no process of its own.
        began: When that process began, in the kernel's ticks: its id alone may by now be another's.
        order: Grows with each entry of a name, whatever the clock does.
        dag: The DAG and run that started the job; empty where a person or a timer did.
    """

    name: str
    outcome: Outcome
    at: datetime
    detail: str = ""
    error: str = ""
    pid: int = 0
    began: str = ""
    order: int = 0
    dag: str = ""


@dataclass(frozen=True, slots=True)
class Runs:
    """The newest entry of each outcome of one job or DAG."""

    name: str
    entries: Mapping[Outcome, Entry] = field(default_factory=dict)

    @property
    def last(self) -> Entry:
        """The newest entry of all."""
        return max(self.entries.values(), key=lambda entry: entry.order)

    @property
    def last_end(self) -> Entry | None:
        """The newest end, good or bad; None while no run has ended."""
        ends = [entry for outcome, entry in self.entries.items() if outcome is not Outcome.STARTED]
        return max(ends, key=lambda entry: entry.order, default=None)


def record(state: Path, name: str, outcome: Outcome | str, at: datetime, detail: str = "") -> bool:
    """Record what happened to a job or DAG; False where it cannot be written, which is logged and no more.

    Args:
        state: The state folder.
        name: The command of a job, or the id of a DAG.
        outcome: One of `Outcome`.
        at: When, with a zone.
        detail: The sentence of a bad end.
    """
    return write(state, Entry(name, Outcome(outcome), at, detail))


def write(state: Path, entry: Entry) -> bool:
    """The same of an entry; its order is set here."""
    folder = state / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, entry)
        _prune(folder)
    except (OSError, ValueError) as error:
        log().warning("the run journal in %s cannot be written (%s); the run goes on without it", folder, error)
        return False
    return True


def read(state: Path) -> dict[str, Runs]:
    """What is recorded, by name in order; damaged files and a folder that is not there say nothing."""
    found: dict[str, dict[Outcome, Entry]] = {}
    for entry in _entries(sorted((state / FOLDER).glob("*.json"))):
        found.setdefault(entry.name, {})[entry.outcome] = entry
    return {name: Runs(name, found[name]) for name in sorted(found)}


def _write(folder: Path, entry: Entry) -> None:
    stem = quote(entry.name[:_LONGEST_NAME], safe="")
    order = 1 + max((known.order for known in _entries(_of_name(folder, stem))), default=0)
    at = entry.at.astimezone(UTC).isoformat()
    stored = asdict(entry) | {"at": at, "detail": entry.detail[:LONGEST_DETAIL], "order": order}
    path = folder / f"{stem}.{entry.outcome}.json"
    draft = path.with_suffix(f".{os.getpid()}.draft")
    try:
        with draft.open("w", encoding="utf-8") as out:
            json.dump(stored, out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _of_name(folder: Path, stem: str) -> list[Path]:
    return [folder / f"{stem}.{outcome}.json" for outcome in Outcome]


def _entries(paths: Iterable[Path]) -> list[Entry]:
    return [entry for path in paths if (entry := _read(path)) is not None]


def _read(path: Path) -> Entry | None:
    """The entry in a file; None where there is none, or its name is not the file's."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(stored["at"]).astimezone(UTC)
        entry = Entry(**stored | {"at": at, "outcome": Outcome(stored["outcome"]), "order": int(stored["order"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    stem, _, outcome = path.stem.rpartition(".")
    return entry if (unquote(stem), outcome) == (entry.name[:_LONGEST_NAME], entry.outcome) else None


def _prune(folder: Path) -> None:
    """Keep the folder bounded: drafts of killed writers and the oldest files go."""
    for draft in folder.glob("*.draft"):
        if time.time() - draft.stat().st_mtime > _STALE_DRAFT_S:
            draft.unlink(missing_ok=True)
    files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in files[: max(0, len(files) - MOST_FILES)]:
        path.unlink(missing_ok=True)
