"""The ledger of an older version gets the clocks of its files once, whatever the wall clock says later."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import FILES
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from jobs.silver import clocks
from lakehouse.plant import Plant

RUN, WALL = datetime(2026, 3, 1, 17, 7, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _row(path: str, batch: int, modified: datetime, outcome: str = "read") -> dict[str, Any]:
    known = {"path": path, "size_bytes": 1, "modified_at": modified, "sha256": path * 64, "feed": "readings"}
    counts = dict.fromkeys(("records", "rows", "blank", "rejected", "duplicate"), 0)
    place = {"_file_id": path * 16, "_batch_id": batch, "_ingested_at": RUN}
    return {**known, "mapping": "m", "outcome": outcome, "detail": "", "first_byte": 0, "first_line": 1,
            **counts, **place}  # fmt: skip


def _lake(tmp_path: Path, *rows: dict[str, Any]) -> Plant:
    """A lake whose ledger has the columns of then."""
    plant = load_plant(Settings(lake=tmp_path / "lake", plant="simulated"))
    schema = pa.schema([field for field in arrow_schema(FILES) if field.name != "clock_at"])
    write_deltalake(plant.lake.path(FILES), pa.Table.from_pylist(list(rows), schema=schema))
    return plant


def _clocks(plant: Plant) -> dict[str, Any]:
    return {row["path"]: row["clock_at"] for row in plant.lake.arrow(FILES).to_pylist()}


def test_an_old_file_has_the_later_of_the_clock_of_its_run_and_its_own_time_never_beyond_the_wall_clock(
    tmp_path: Path,
) -> None:
    plant = _lake(tmp_path, _row("a", 1, RUN + HOUR), _row("b", 1, RUN - HOUR), _row("c", 2, WALL + 99 * HOUR))
    assert clocks.are_missing(plant)

    clocks.add_missing(plant, lambda: WALL)

    assert _clocks(plant) == {"a": RUN + HOUR, "b": RUN, "c": WALL}
    assert not clocks.are_missing(plant)
    own = {(1, "a" * 16): _us(RUN + HOUR), (2, "c" * 16): _us(WALL)}
    assert clocks.file_clocks(plant) == own


def test_what_has_a_clock_keeps_it(tmp_path: Path) -> None:
    plant = _lake(tmp_path, _row("a", 1, RUN + HOUR), _row("c", 2, WALL + 99 * HOUR))
    clocks.add_missing(plant, lambda: WALL)
    version = plant.lake.version(FILES)

    clocks.add_missing(plant, lambda: WALL + 50 * HOUR)

    assert (plant.lake.version(FILES), _clocks(plant)) == (version, {"a": RUN + HOUR, "c": WALL})


def test_a_batch_that_is_not_finished_gets_its_clocks_when_it_is(tmp_path: Path) -> None:
    plant = _lake(tmp_path, _row("a", 1, RUN + HOUR), _row("b", 2, RUN + HOUR, "admitted"))

    clocks.add_missing(plant, lambda: WALL)

    assert _clocks(plant) == {"a": RUN + HOUR, "b": None}
    assert not clocks.are_missing(plant)


def test_a_wall_clock_that_was_never_set_is_not_written_down(tmp_path: Path) -> None:
    plant = _lake(tmp_path, _row("a", 1, RUN))

    with pytest.raises(Exception, match="set the clock"):
        clocks.add_missing(plant, lambda: datetime(1970, 1, 1, tzinfo=UTC))

    assert clocks.are_missing(plant)


def _us(time: datetime) -> int:
    return round(time.timestamp()) * 1_000_000
