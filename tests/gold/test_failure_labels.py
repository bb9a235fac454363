"""Labels at their boundaries, down-time, and the end of the records."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.tables.machine_keys import NO_MOVES
from expectations.tables.silver import MACHINE_EVENTS
from gold import failure_labels
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

_ROWS = pa.schema(
    {
        "machine_id": pa.string(), "factory_id": pa.string(), "scored_at": pa.timestamp("us", "UTC"),
        "scored_date": pa.date32(),
    }
)  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows).cast(_ROWS)


def _labels(folder: Path, times: list[str], *events: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    rows = [
        {"machine_id": "M1", "factory_id": "F1", "scored_at": at(time), "scored_date": at(time).date()}
        for time in times
    ]
    told = [{"code": "seal", "kind": "failure"} | event for event in events]
    found = failure_labels.build(
        _table(rows), arrow(MACHINE_EVENTS, *told), NO_MOVES, at("03-10 00:00"), small_profile(folder)
    ).to_pylist()
    return {
        row["scored_at"].strftime("%m-%d %H:%M"): (row["failure_within_24h"], row["hours_to_failure"], row["is_down"])
        for row in found
    }


def test_a_failure_counts_after_t_and_up_to_t_plus_the_horizon(tmp_path: Path) -> None:
    times = ["03-02 09:00", "03-02 10:00", "03-03 09:00", "03-03 10:00", "03-04 10:00", "03-04 11:00"]

    found = _labels(tmp_path, times, {"occurred_at": at("03-03 10:00")})

    assert found == {
        "03-02 09:00": (0, 25.0, False),
        "03-02 10:00": (1, 24.0, False),
        "03-03 09:00": (1, 1.0, False),
        "03-03 10:00": (None, None, True),
        "03-04 10:00": (None, None, True),
        "03-04 11:00": (0, None, False),
    }


def test_a_repair_ends_the_down_time_at_its_own_instant(tmp_path: Path) -> None:
    times = ["03-03 10:00", "03-03 12:00", "03-03 13:00"]
    repair = {"kind": "maintenance", "occurred_at": at("03-03 12:00")}

    found = _labels(tmp_path, times, {"occurred_at": at("03-03 10:00")}, repair)

    assert [found[time][2] for time in times] == [True, True, False]


def test_rows_whose_horizon_passes_the_end_of_the_records_have_no_label_even_before_a_known_failure(
    tmp_path: Path,
) -> None:
    times = ["03-09 00:00", "03-09 01:00", "03-09 23:00"]

    silent = _labels(tmp_path, times)
    failing = _labels(tmp_path, times, {"occurred_at": at("03-09 23:30")})

    assert [silent[time][0] for time in times] == [0, None, None]
    assert [failing[time][0] for time in times] == [1, None, None]
