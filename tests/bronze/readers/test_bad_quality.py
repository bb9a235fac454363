"""Values that their source calls bad: whose they are, when, and by which code."""

import io
import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest

from bronze.readers.read import read_records
from expectations.mapping.file import parse_mapping

HEAD = """
feed = "readings"
files = ["a/*"]
format = "{format}"
{more}
[constants]
factory_id = "north"
{constants}
[time]
column = "time"
[quality]
column = "{quality}"
preset = "opc_ua"
"""
WIDE = (
    '[templates]\nsensor_id = "{machine_id}/{metric}"\n[metrics]\n'
    'temp = { metric = "temperature", unit = "C" }\npress = { metric = "pressure", unit = "bar" }\n'
)
LONG = (
    '[columns]\nsensor_id = "tag"\nmetric = "tag"\nvalue = "v"\n[names]\nT1 = "temperature"\n[machine_of]\nT1 = "P1"\n'
)
LONG += '[units]\ntemperature = "C"\n[[corrections]]\nsensor = "T1"\ncontinues = "T0"\n'
OF_CELLS = b"""time,temp,temp_q,press,press_q
2026-11-02T06:00:00Z,1,0,2,2150891520
2026-11-02T06:01:00Z,1,bad,,2150891520
,1,bad,2,0
"""
OF_ROWS = b"""time,temp,press,q
2026-11-02T06:00:00Z,1,2,2150891520
2026-11-02T06:01:00Z,1,,0x80050000
2026-11-02T06:02:00Z,1,2,0
"""
RECORDS = b"""{"time": "2026-11-02T06:00:00Z", "tag": "T1", "v": 1.5, "q": {"Code": 2147811328}}
{"time": "2026-11-02T06:01:00Z", "tag": "T1", "v": 1.5}
{"time": "2026-11-02T06:02:00Z", "tag": "T9", "v": 1.5, "q": 2147811328}
{"time": "soon", "tag": "T1", "v": 1.5, "q": 2147811328}
"""


def of_csv(quality: str) -> str:
    """A wide mapping with its quality in that column."""
    shape = 'shape = "wide_by_metric"'
    return HEAD.format(format="csv", more=shape, constants='machine_id = "P1"', quality=quality) + WIDE


def bad(content: bytes, mapping: str) -> list[tuple[Any, ...]]:
    rule = parse_mapping(tomllib.loads(mapping), "quality")
    batches = list(read_records(io.BytesIO(content), rule))
    assert all(
        batch.records == batch.rows.num_rows + batch.blank + sum(batch.rejected["record_count"].to_pylist())
        for batch in batches
    )
    rows = [row for batch in batches for row in batch.bad.to_pylist()]
    minutes = [(row["stated_at"] - datetime(2026, 11, 2, 6, tzinfo=UTC)).seconds // 60 for row in rows]
    return [
        (minute, row["machine_id"], row["sensor_id"], row["metric"], row["quality_code"], row["_line"], row["_column"])
        for minute, row in zip(minutes, rows, strict=True)
    ]


@pytest.mark.parametrize(
    ("content", "mapping", "expected"),
    [
        (OF_CELLS, of_csv("{column}_q"), [
            (0, "P1", "P1/pressure", "pressure", "0x80340000", 2, "press"),
            (1, "P1", "P1/temperature", "temperature", "bad", 3, "temp"),
        ]),
        (OF_ROWS, of_csv("q"), [
            (0, "P1", "P1/temperature", "temperature", "0x80340000", 2, "temp"),
            (0, "P1", "P1/pressure", "pressure", "0x80340000", 2, "press"),
            (1, "P1", "P1/temperature", "temperature", "0x80050000", 3, "temp"),
        ]),
        (RECORDS, HEAD.format(format="jsonl", more="", constants="", quality="q") + LONG, [
            (0, "P1", "T0", "temperature", "0x80050000", 1, None),
        ]),
    ],
    ids=["of cells", "of rows", "of records"],
)  # fmt: skip
def test_a_bad_value_has_its_sensor_time_and_code(content: bytes, mapping: str, expected: list[Any]) -> None:
    assert bad(content, mapping) == expected
