"""Open conflicts with a critical value, of whatever batch; rows and tables of older code do not say which are open."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.silver import QUARANTINE
from jobs.runtime.prepared import open_plant
from jobs.status.facts import CriticalConflict
from jobs.status.open_conflicts import critical_conflicts
from tests.jobs.status.lakes import put, settings_below

AT = datetime(2024, 5, 1, 6, tzinfo=UTC)
KEY = {"factory_id": "F1", "machine_id": "M1", "sensor_id": "S1", "metric": "temperature", "measured_at": AT}


def rows(*values: float, **changes: Any) -> list[dict[str, Any]]:
    """What the sources of one conflict say."""
    base = {**KEY, "unit": "C", "_faults": ["conflicting_value"], "_batch_id": 1, "_file_id": "f", "_line": 1}
    return [{**base, "value": value, "is_open": True, **changes} for value in values]


def conflicts(folder: Path, *given: Mapping[str, Any]) -> tuple[CriticalConflict, ...]:
    settings = settings_below(folder)
    put(settings, QUARANTINE.name, *map(dict, given))
    return critical_conflicts(open_plant(settings))


def test_the_newest_of_a_sensor_is_named_and_the_others_are_counted(tmp_path: Path) -> None:
    later = rows(20.0, 140.0, measured_at=AT + timedelta(hours=1))
    harmless = rows(20.0, 21.0, measured_at=AT + timedelta(hours=2))
    other = rows(403.15, unit="K", sensor_id="S2") + rows(20.0, sensor_id="S2")

    found = conflicts(tmp_path, *rows(20.0, 130.0), *later, *harmless, *other)

    assert [(one.sensor_id, one.values, one.unit, one.count) for one in found] == [
        ("S1", (20.0, 140.0), "C", 2), ("S2", (20.0, 130.0), "C", 1)
    ]  # fmt: skip
    assert found[0].measured_at == AT + timedelta(hours=1)


@pytest.mark.parametrize(
    "given",
    [
        rows(20.0, 130.0, is_open=False, current_value=20.0),
        rows(20.0, 130.0, is_open=None, current_value=20.0),
        rows(20.0, 130.0, is_open=None, _faults=["value_out_of_range"]),
        rows(20.0, 130.0, unit="bar"),
    ],
    ids=["resolved", "resolved by older code", "faulty", "of a unit that does not fit"],
)
def test_what_is_in_no_open_conflict_is_not_named(given: list[dict[str, Any]], tmp_path: Path) -> None:
    assert conflicts(tmp_path, *given) == ()


def test_rows_of_older_code_are_found_beside_those_of_today(tmp_path: Path) -> None:
    (found,) = conflicts(tmp_path, *rows(20.0, 130.0, is_open=None), *rows(20.0, 21.0, sensor_id="S2"))

    assert found.values == (20.0, 130.0)


@pytest.mark.parametrize(("lacking", "count"), [(["is_open"], 1), (["is_open", "current_value"], 0)])
def test_a_table_of_older_code_is_read_by_its_faults(lacking: list[str], count: int, tmp_path: Path) -> None:
    settings = settings_below(tmp_path)
    empty = dict.fromkeys(QUARANTINE.column_names)
    table = pa.Table.from_pylist([{**empty, **row} for row in rows(20.0, 130.0)], arrow_schema(QUARANTINE))
    write_deltalake(settings.lake / "silver" / "readings_quarantine", table.drop_columns(lacking))

    assert len(critical_conflicts(open_plant(settings))) == count
