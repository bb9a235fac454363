"""Dates replaced only where their rows differ: gone, changed or new; the others keep their files."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from expectations.tables.contract import Column, Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.table_files import write_rows
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import Replaced, replace_by_changed
from lakehouse.publish.gate import audit_written
from lakehouse.storage.places import storage_at

TABLE = Table(
    "gold", "sizes", "Sizes of places by date",
    (Column("place", "string", "Place", nullable=False), Column("size", "double", "Size"),
     Column("on_date", "date", "Date", nullable=False)),
    key=("place", "on_date"), partition_by=("on_date",),
)  # fmt: skip
SAME, CHANGED, GONE, NEW = (date(2026, 3, day) for day in (1, 2, 3, 4))
NEVER = date(2026, 3, 5)


def test_dates_that_differ_are_replaced_and_the_others_keep_their_files(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    publish(lake, tmp_path / "one", {SAME: 1.0, CHANGED: 2.0, GONE: 3.0}, [SAME, CHANGED, GONE])
    before = files(lake)

    replaced = publish(lake, tmp_path / "two", {SAME: 1.0, CHANGED: -2.0, NEW: 4.0}, [SAME, CHANGED, GONE, NEW, NEVER])

    assert replaced == Replaced((str(CHANGED), str(GONE), str(NEW)), changed=True)
    assert files(lake).keys() == {SAME, CHANGED, NEW}
    assert files(lake)[SAME] == before[SAME]
    assert lake.arrow(TABLE).sort_by("on_date").column("size").to_pylist() == [1.0, -2.0, 4.0]


def test_a_date_that_is_no_candidate_is_left_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    publish(lake, tmp_path / "one", {SAME: 1.0, GONE: 3.0}, [SAME, GONE])

    replaced = publish(lake, tmp_path / "two", {NEW: 4.0}, [NEW])

    assert replaced.dates == (str(NEW),)
    assert files(lake).keys() == {SAME, GONE, NEW}


def test_rows_are_given_by_date_and_none_of_a_date_without(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    publish(lake, tmp_path / "one", {SAME: 1.0, CHANGED: 2.0}, [SAME, CHANGED])

    rows_of = lake.by_date(TABLE)

    assert [rows_of(day).column("size").to_pylist() for day in (SAME, CHANGED, NEVER)] == [[1.0], [2.0], []]


def publish(lake: Lake, folder: Path, sizes: Mapping[date, float], dates: Sequence[date]) -> Replaced:
    """Replace candidate dates by a row each."""
    rows = pa.table(
        {"place": ["here"] * len(sizes), "size": list(sizes.values()), "on_date": pa.array(sizes, pa.date32())}
    )
    there = storage_at(folder)
    batch = audit_written(write_rows(rows, TABLE, there), TABLE, lake, there, "sizes")
    return replace_by_changed(lake, batch, dates, CommitMetadata())


def files(lake: Lake) -> dict[date, str]:
    """The file of each date."""
    return {file["partition.on_date"]: file["path"] for file in lake.live_files(TABLE)}
