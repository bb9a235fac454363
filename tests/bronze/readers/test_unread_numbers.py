"""Records without a row leave their gateway's number, whichever path reads them."""

import json

import pyarrow as pa
import pytest

from expectations.mapping.mapping import Mapping
from tests.support.reader_files import batches, line, long_mapping, reading, wide_mapping

_CSV = ("timestamp", "sensor_id", "machine_id", "factory_id", "metric_type", "value", "unit", "gateway_id", "sequence")


def _unread(content: bytes, mapping: Mapping, *, use_fast: bool) -> list[tuple[object, ...]]:
    found = pa.Table.from_batches([read.unread for read in batches(content, mapping, use_fast=use_fast)])
    return [(row["_line"], row["gateway_id"], row["sequence"], row["kind"]) for row in found.to_pylist()]


@pytest.mark.parametrize("use_fast", [True, False], ids=["by block", "line by line"])
def test_lines_of_json_without_a_row_leave_their_number(use_fast: bool) -> None:
    lines = [
        line(sequence=1), line(sequence=2, value=None), line(sequence=3, value="much"),
        line(sequence=4, machine_id=...), line(sequence=5, timestamp="noon"), b"#### watchdog reset ####",
        line(sequence="x", value=None), line(sequence=8), line(sequence=9, value=None, gateway_id=None),
    ]  # fmt: skip

    found = _unread(b"\n".join(lines) + b"\n", long_mapping(), use_fast=use_fast)

    assert found == [
        (2, "G1", 2, "blank"), (3, "G1", 3, "rejected"), (4, "G1", 4, "rejected"), (5, "G1", 5, "rejected"),
        (9, None, 9, "blank"),
    ]  # fmt: skip


@pytest.mark.parametrize("use_fast", [True, False], ids=["by block", "line by line"])
def test_lines_of_csv_without_a_row_leave_their_number(use_fast: bool) -> None:
    sent = [reading(sequence=1), reading(sequence=2, value=""), reading(sequence=3, value="ERR"), reading(sequence=4)]
    rows = [",".join(str(one[name]) for name in _CSV) for one in sent]
    content = "\n".join([",".join(_CSV), *rows]) + "\n"

    found = _unread(content.encode(), long_mapping(format="csv"), use_fast=use_fast)

    assert found == [(3, "G1", 2, "blank"), (4, "G1", 3, "rejected")]


@pytest.mark.parametrize("use_fast", [True, False], ids=["by block", "line by line"])
def test_a_wide_row_leaves_its_number_where_none_of_its_cells_is_a_row(use_fast: bool) -> None:
    mapping = wide_mapping(
        columns={"sensor_id": "sensor", "sequence": "n"}, constants={"factory_id": "F1", "gateway_id": "G2"}
    )
    at = "2026-01-31T08:15:00Z"
    content = f"at,sensor,n,temp,speed\n{at},a,1,500,3\n{at},a,2,,3\n{at},a,3,,n/a\n{at},a,4,x,\n{at},zz,5,500,\n"

    found = _unread(content.encode(), mapping, use_fast=use_fast)

    assert found == [(4, "G2", 3, "blank"), (5, "G2", 4, "rejected"), (6, "G2", 5, "rejected")]


def test_records_without_numbers_leave_none() -> None:
    columns = {name: column for name, column in long_mapping().columns.items() if name != "sequence"}
    content = json.dumps(reading(value=None)).encode() + b"\n"

    assert _unread(content, long_mapping(columns=columns), use_fast=True) == []
