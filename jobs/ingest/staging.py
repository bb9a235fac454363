"""The staged batch on disk: parsed once, audited, then published part by part; kept until the ledger is done."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from lakehouse.files.staging import staging_root

_STAGED = "staged.json"


@dataclass(frozen=True, slots=True)
class Staged:
    """What parsing gave: by part the Parquet files and the figures of their rows, counts by file id, what vanished.

    Figures are those of `audit.counting`; counts are records, rows, blank and rejected; `vanished` are paths
    that were not as admitted. A file that is not named here is no part of the batch: an attempt of a task that the
    engine repeated left it.
    """

    files: dict[str, list[str]]
    figures: dict[str, dict[str, int]]
    counts: dict[str, dict[str, int]]
    vanished: list[str]

    def with_share(
        self, files: dict[str, str], figures: dict[str, dict[str, int]], counts: dict[str, dict[str, int]]
    ) -> "Staged":
        """The same and what one task more gave."""
        return Staged(
            {part: [*self.files.get(part, []), *_name(files, part)] for part in {*self.files, *files}},
            {part: _sum(self.figures.get(part, {}), figures.get(part, {})) for part in {*self.figures, *figures}},
            {**self.counts, **counts},
            self.vanished,
        )


class Staging:
    """The folder of one batch's staged parts; it bears its name only when parsing has ended and said what it gave.

    Each attempt writes under a name of its own, so that what a killed one may still write is in nobody's way.
    """

    def __init__(self, lake: Path, batch: int) -> None:
        self.folder = staging_root(lake) / f"batch-{batch}"

    @property
    def is_whole(self) -> bool:
        """Whether parsing had ended."""
        return (self.folder / _STAGED).is_file()

    def write(self, parse: Callable[[Path], Staged]) -> None:
        """Parse into a folder of the attempt, and keep it."""
        attempt = self._other_name()
        attempt.mkdir(parents=True)
        staged = parse(attempt)
        (attempt / _STAGED).write_text(json.dumps(asdict(staged)), encoding="utf-8")
        self.remove()
        attempt.rename(self.folder)

    def read(self) -> Staged:
        """What parsing gave."""
        return Staged(**json.loads((self.folder / _STAGED).read_text(encoding="utf-8")))

    def remove(self) -> None:
        """Forget the batch: its name goes at once, so that a half-removed folder is never taken for a whole one."""
        if self.folder.exists():
            shutil.rmtree(self.folder.rename(self._other_name()), ignore_errors=True)

    def _other_name(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}-{uuid4().hex}")


def _name(files: dict[str, str], part: str) -> list[str]:
    return [files[part]] if part in files else []


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}


def sweep(lake: Path, unfinished: int | None) -> None:
    """Remove what killed runs left, all but the staged parts of the batch that is to be ended."""
    root = staging_root(lake)
    if not root.is_dir():
        return
    for folder in root.iterdir():
        if folder.name != f"batch-{unfinished}":
            shutil.rmtree(folder, ignore_errors=True)
    if not any(root.iterdir()):
        root.rmdir()
