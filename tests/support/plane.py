"""A lake for tests: its landing folder, its jobs as calls, its tables as rows and digests."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.plant.file import profile_folder
from jobs.gold.job import update_stale
from jobs.ingest.job import ingest_new
from jobs.ingest.new_files import Admission
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.silver.job import refine_new
from lakehouse.plant import Plant
from tests.support.table_digest import table_digest

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
# Which batch brought a record, and when, is no part of what silver says; nor is which state of a file that grew, or
# when a test wrote its file.
_OF_THE_RUN = ("_batch_id", "_ingested_at", "_file_id", "version_at", "came_date")
_OF_DELIVERIES = "delivered_"
"""Columns that tell of deliveries: of a file that grew, and came whole to another lake, they tell another story."""


@dataclass
class Plane:
    """One lake below `root`; jobs run in this process on the engine that is named."""

    root: Path
    engine: str
    plant_name: str = "simulated"
    as_of: datetime = AS_OF

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def settings(self) -> Settings:
        return Settings(
            lake=self.lake, landing=self.landing, plant=self.plant_name, engine=self.engine,
            state=self.root / "state", cores=2,
        )  # fmt: skip

    @property
    def plant(self) -> Plant:
        folder = profile_folder(self.plant_name)
        return _read(self.settings, *((path, path.lstat()) for path in sorted(folder.rglob("*"))))

    def land(self, name: str, content: bytes | str, *, modified: float | None = None) -> Path:
        """A file in the landing folder."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if modified is not None:
            os.utime(path, (modified, modified))
        return path

    def ingest(self, as_of: datetime | None = None) -> RunReport:
        self.landing.mkdir(parents=True, exist_ok=True)
        return ingest_new(self.settings, Admission(as_of or self.as_of))

    def silver(self) -> RunReport:
        return refine_new(self.settings)

    def gold(self, as_of: datetime | None = None) -> RunReport:
        return update_stale(self.settings, as_of or self.as_of)

    def run(self, as_of: datetime | None = None) -> list[RunReport]:
        """Ingest, silver and gold."""
        return [self.ingest(as_of), self.silver(), self.gold(as_of)]

    def table(self, name: str) -> pa.Table:
        plant = self.plant
        return plant.lake.arrow(plant.tables[name])

    def rows(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.table(name).to_pylist()
        return found

    def version(self, name: str) -> int | None:
        plant = self.plant
        return plant.lake.version(plant.tables[name])

    def quarantined(self) -> Counter[str]:
        """Readings in quarantine by their first fault."""
        return Counter(row["_faults"][0] for row in self.rows("silver.readings_quarantine"))

    def rejected(self, feed: str = "readings") -> Counter[str]:
        """Records of a feed that could not be read, by reason."""
        counts: Counter[str] = Counter()
        for row in self.rows("bronze.rejected"):
            if row["feed"] == feed:
                counts[row["reason"]] += row["record_count"]
        return counts

    def ledger(self) -> dict[str, dict[str, Any]]:
        """The newest row of the ledger for each path."""
        return {row["path"]: row for row in sorted(self.rows("bronze.files"), key=lambda row: row["_batch_id"])}

    def digests(self, layers: Iterable[str] = ("silver", "gold")) -> dict[str, str]:
        """Of every built table of the layers: a digest of all rows and columns that does not depend on their order."""
        names = [name for name in self.plant.tables if name.partition(".")[0] in layers]
        return {name: _digest(self.table(name)) for name in names if self.version(name) is not None}

    def snapshot(self) -> dict[str, tuple[int, int]]:
        """Size and modification time of every file of the lake."""
        return {
            str(path.relative_to(self.lake)): (path.lstat().st_size, path.stat().st_mtime_ns)
            for path in sorted(self.lake.rglob("*"))
        }


@lru_cache(maxsize=4)
def _read(settings: Settings, *_: tuple[Path, os.stat_result]) -> Plant:
    """The plant; a test asks for table after table of one whose files do not change meanwhile."""
    return load_plant(settings)


def _digest(table: pa.Table) -> str:
    counted = [name for name in table.column_names if name not in _OF_THE_RUN and not name.startswith(_OF_DELIVERIES)]
    return table_digest(table, counted)
