"""What records say of their version: `revised_at` by forms of its own, `revision` as a number."""

import io
import pickle
import tomllib
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bronze.readers.read import read_records
from expectations.errors import ContractError
from expectations.mapping.file import parse_mapping
from expectations.mapping.landed_path import at_path, reads
from expectations.mapping.mapping import Mapping

MAPPING = """
feed = "readings"
files = ["a/*"]
format = "{format}"
{top}
[time]
column = "time"
[columns]
sensor_id = "sensor"
value = "value"
{columns}
[constants]
machine_id = "P1"
factory_id = "north"
metric = "temperature"
unit = "C"
"""
CLOCK = '[exported]\ncolumns = ["day", "clock"]\nkind = "local"\nzone = "Europe/Berlin"\nformat = "%d.%m.%Y %H:%M"'
ROWS = [("03.11.2026", "08:00"), ("03.11.2026", "8:01"), (None, None), ("soon", "08:00"), ("25.10.2026", "02:30")]
EXPECTED = ["2026-11-03T07:00:00+00:00", "2026-11-03T07:01:00+00:00", None]


def mapping(columns: str = "", top: str = "", kind: str = "csv") -> Mapping:
    return parse_mapping(tomllib.loads(MAPPING.format(columns=columns, top=top, format=kind)), "revisions")


def read(content: bytes, rule: Mapping, *, use_fast: bool) -> tuple[list[dict[str, Any]], list[str]]:
    batches = list(read_records(io.BytesIO(content), rule, use_fast=use_fast))
    rows = [row for batch in batches for row in batch.rows.to_pylist()]
    return rows, [one for batch in batches for one in batch.rejected["reason"].to_pylist()]


def as_csv() -> bytes:
    lines = [f"2026-11-02T06:0{n}:00Z,T,{n},{day or ''},{clock or ''}" for n, (day, clock) in enumerate(ROWS)]
    return "\n".join(["time,sensor,value,day,clock", *lines, ""]).encode()


def as_parquet() -> bytes:
    days, clocks = zip(*ROWS, strict=True)
    table = pa.table({
        "time": [f"2026-11-02T06:0{n}:00Z" for n in range(len(ROWS))], "sensor": ["T"] * len(ROWS),
        "value": [float(n) for n in range(len(ROWS))], "day": days, "clock": clocks,
    })  # fmt: skip
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize(("kind", "content"), [("csv", as_csv()), ("parquet", as_parquet())], ids=["csv", "parquet"])
def test_an_export_time_of_two_columns_is_read_or_rejects_its_record(kind: str, content: bytes, use_fast: bool) -> None:
    rows, rejected = read(content, mapping(CLOCK, kind=kind), use_fast=use_fast)

    assert [row["revised_at"] and row["revised_at"].isoformat() for row in rows] == EXPECTED
    assert rejected == ["time_unreadable", "time_ambiguous"]


def test_a_path_with_a_number_of_a_version_has_it_in_each_record() -> None:
    rule = mapping(top='path = "d_v{revision}.csv"')

    rows, _ = read(b"time,sensor,value\n2026-11-02T06:00:00Z,T,1\n", at_path(rule, "a/d_v12.csv"), use_fast=True)

    assert [row["revision"] for row in rows] == [12]
    for one in (rule, pickle.loads(pickle.dumps(rule))):
        paths = [f"a/d_v{text}.csv" for text in ("12", "final", "1.2", "9" * 19)]
        assert [reads(one, path) for path in paths] == [True, False, False, False]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ('revised_at = "x"', r"revised_at has a form; legal: \[exported\]"),
        ('[exported]\ncolumn = "time"', "column 'time' is read as time and as export time"),
        ('[exported]\ncolumn = "x"\nsame_stamp = "mean"', "an export time is one stamp of a record"),
        ('[exported]\ncolumn = "x"\nevery = "1s"', "an export time is one stamp of a record"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(columns: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        mapping(columns)
