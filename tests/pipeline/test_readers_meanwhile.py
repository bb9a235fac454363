"""Whoever reads a table while jobs write and compact sees whole batches: before each file that is named or removed.

Readers are those of `docs/tables.md`: deltalake's own, DuckDB over the table as an Arrow data set, Polars and Spark.
Python announces each link, renaming and removal of a file; there the readers look. In between nothing of a table can
change for them.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem
from pyspark.sql import SparkSession

from tests.support.commands import assay
from tests.support.plane import Plane
from tests.support.small_plant import lines, write_small_plant

AS_OF = datetime(2026, 3, 10, tzinfo=UTC)
BATCH, BATCHES = 36, 3
MOMENTS = ("os.link", "os.rename", "os.remove")
COUNTS = {"silver/readings": "count(*)", "gold/machine_daily": "coalesce(sum(reading_count), 0)"}
READERS = ("rows", "data", "polars", "spark")
_lookers: list["Looker"] = []


class Looker:
    """What readers saw of a lake's tables, at every change of its files."""

    def __init__(self, lake: Path, spark: SparkSession) -> None:
        self._lake, self._spark = str(lake), spark
        self._is_looking = False
        self.seen: dict[tuple[str, str], set[int]] = {}

    def announced(self, event: str, words: tuple[object, ...]) -> None:
        """A table's log gets a file, or the table loses one: nothing else changes what its readers see."""
        touched = [name for name in COUNTS for word in words if str(word).startswith(f"{self._lake}/{name}/")]
        may_change = event == "os.remove" or any("/_delta_log/" in str(word) for word in words)
        if event in MOMENTS and may_change and touched and not self._is_looking:
            self._is_looking = True
            try:
                self.look(touched[:1])
            finally:
                self._is_looking = False

    def look(self, names: Iterable[str] = COUNTS) -> None:
        """Read the tables by each of the readers."""
        for name in names:
            place = f"{self._lake}/{name}"
            try:
                table = DeltaTable(place)
            except TableNotFoundError:
                continue
            files = SubTreeFileSystem(place, LocalFileSystem())
            rows = table.to_pyarrow_table(filesystem=files)  # noqa: F841  # DuckDB finds both by name
            data = table.to_pyarrow_dataset(filesystem=files)  # noqa: F841  # the same
            for reader in ("rows", "data"):
                ((found,),) = duckdb.sql(f"SELECT {COUNTS[name]} FROM {reader}").fetchall()
                self.seen.setdefault((name, reader), set()).add(int(found))
            found = polars.scan_delta(place).sql(f"SELECT {COUNTS[name]} FROM self").collect().item()
            self.seen.setdefault((name, "polars"), set()).add(int(found))
            frame = self._spark.read.format("delta").load(place)
            ((found,),) = frame.selectExpr(COUNTS[name]).collect()
            self.seen.setdefault((name, "spark"), set()).add(int(found))


def _announce(event: str, words: tuple[object, ...]) -> None:
    for looker in _lookers:
        looker.announced(event, words)


@contextmanager
def looking(lake: Path, spark: SparkSession) -> Iterator[Looker]:
    """A hook cannot be taken out again: it is put in once, and idle without a looker."""
    if not getattr(_announce, "is_in", False):
        sys.addaudithook(_announce)
        _announce.is_in = True  # type: ignore[attr-defined]  # once in a process
    looker = Looker(lake, spark)
    _lookers.append(looker)
    try:
        yield looker
    finally:
        _lookers.remove(looker)


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    return Plane(tmp_path, "none", str(write_small_plant(tmp_path)), AS_OF)


@pytest.mark.spark
def test_readers_see_whole_batches_during_every_write_and_upkeep(plane: Plane, spark: SparkSession) -> None:
    whole = {BATCH * count for count in range(BATCHES + 1)}

    with looking(plane.lake, spark) as looker:
        for number in range(BATCHES):
            sensor = f"S{number % 2}"
            plane.land(f"lines/{number}.jsonl", lines(f"2026-03-0{number // 2 + 1}T00:00:00Z", BATCH, sensor=sensor))
            plane.run()
        assay(plane.settings, "upkeep", as_of=AS_OF)
        looker.look()

    for key in ((name, reader) for name in COUNTS for reader in READERS):
        assert looker.seen[key] <= whole, key
        assert {BATCH, BATCH * BATCHES} <= looker.seen[key], key
