"""The staged batch on disk: parsed once, audited, then published a table at a time; stored until the ledger is done."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from uuid import uuid4

from lakehouse.files.staging import STAGING
from lakehouse.storage.errors import StorageError
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

_STAGED = Key("staged.json")


@dataclass(frozen=True, slots=True)
class Staged:
    """What parsing gave: by table the Parquet files and the figures of their rows, counts by file id, what vanished.

    Figures are those of `audit.counting`; counts are records, rows, blank and rejected; `vanished` are
    names of `Batch.paths_of` that were not as admitted. A file that is not named here is no part of the batch: an
    attempt of a task that the engine repeated left it.
    """

    files: dict[str, list[str]]
    figures: dict[str, dict[str, int]]
    counts: dict[str, dict[str, int]]
    vanished: list[str]

    def below(self, attempt: Key) -> "Staged":
        """The same with the files' names as they are above that of the attempt."""
        return replace(
            self, files={subject: [attempt / name for name in names] for subject, names in self.files.items()}
        )

    def with_parsed(
        self, files: dict[str, str], figures: dict[str, dict[str, int]], counts: dict[str, dict[str, int]]
    ) -> "Staged":
        """The same and what one task more gave."""
        return Staged(
            {subject: [*self.files.get(subject, []), *_name(files, subject)] for subject in {*self.files, *files}},
            {
                subject: _sum(self.figures.get(subject, {}), figures.get(subject, {}))
                for subject in {*self.figures, *figures}
            },
            {**self.counts, **counts},
            self.vanished,
        )


class Staging:
    """The place of one batch's staged files; it counts only when parsing has ended and recorded, last, what it gave.

    Each attempt writes below a name of its own, so that what a killed one may still write is in nobody's way.
    """

    def __init__(self, lake: Storage, batch: int) -> None:
        self.folder = lake.below(STAGING / f"batch-{batch}")

    @property
    def is_whole(self) -> bool:
        """Whether parsing had ended."""
        return self.folder.entry(_STAGED) is not None

    def write(self, parse: Callable[[Storage], Staged]) -> None:
        """Parse below a name of the attempt, then say what that gave."""
        self.remove()
        attempt = Key(f"attempt-{uuid4().hex}")
        staged = parse(self.folder.below(attempt)).below(attempt)
        self.folder.put(_STAGED, json.dumps(asdict(staged)).encode(), durable=False)

    def read(self) -> Staged:
        """What parsing gave."""
        return Staged(**json.loads(self.folder.read(_STAGED)))

    def remove(self) -> None:
        """Forget the batch: what it gave goes first, so that a half-removed folder is never taken for a whole one."""
        self.folder.delete(_STAGED)
        with suppress(StorageError):  # a task of a killed run may still write there
            self.folder.delete_all()


def _name(files: dict[str, str], subject: str) -> list[str]:
    return [files[subject]] if subject in files else []


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}


def sweep(lake: Storage, unfinished: int | None) -> None:
    """Remove what killed runs left, all but the staged files of the batch that is to be ended."""
    for name in lake.names(STAGING).folders:
        if name != f"batch-{unfinished}":
            with suppress(StorageError):
                lake.delete_all(STAGING / name)
