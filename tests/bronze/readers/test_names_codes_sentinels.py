"""Whole numbers as names and codes in JSON, quality codes of presets, and sentinels however a source writes them."""

import json
from typing import Any

import pytest

from bronze.readers.json_lines.forms import JsonForms
from bronze.readers.plan import read_plan
from bronze.readers.text.lines import Block
from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read, line, long_mapping, wide_mapping

PRESET = {"preset": "sparkplug_json", "constants": {"machine_id": "M1", "factory_id": "F1"}, "units": {"T": "C"}}
TABLE = {"format": "json", "records": "rows[*]", "header": "$.names"}
NESTED = {"format": "json", "records": "rows[*]"}


def _alarms() -> Mapping:
    columns = {"machine_id": "m", "code": "alarm"}
    return parse_mapping(
        {
            "feed": "errors",
            "files": ["*"],
            "time": {"column": "t"},
            "columns": columns,
            "constants": {"factory_id": "F"},
        },
        "alarms",
    )


@pytest.mark.parametrize("use_fast", [True, False], ids=["fast", "slow"])
def test_a_whole_number_is_a_name(use_fast: bool) -> None:
    lines = [line(machine_id=one) for one in ("7", 7, 10**20, 7.5, True, -0)]
    read = Read(b"\n".join(lines), long_mapping(), use_fast=use_fast)

    assert [row["machine_id"] for row in read.rows] == ["7", "7", str(10**20), "0"]
    assert read.reasons == ["wrong_type", "wrong_type"]


def test_lines_with_numbers_as_names_are_read_many_at_a_time() -> None:
    ids = [7, -3, 7, 0, 10**20, 12, 7, 7] * 5
    lines = [line(machine_id=one, sensor_id=n) for n, one in enumerate(ids)]
    lines[4], lines[9] = line(machine_id=7.5), line(machine_id=None)
    asked = long_mapping(missing=["12", "7.0"])
    block = Block(b"\n".join(lines) + b"\n", 1, 0)

    fast, slow = (Read(block.data, asked, use_fast=use_fast) for use_fast in (True, False))
    (rows,) = JsonForms(read_plan(asked)).sources(block)

    assert fast.all == slow.all
    assert len(rows.line) == len(lines) - 2


@pytest.mark.parametrize("use_fast", [True, False], ids=["fast", "slow"])
def test_the_number_of_an_alarm_is_its_code(use_fast: bool) -> None:
    content = b"\n".join(b'{"t": "2026-11-02T06:00:00Z", "m": 4, "alarm": %d}' % code for code in (1017, 1018))

    assert [(row["machine_id"], row["code"]) for row in Read(content, _alarms(), use_fast=use_fast).rows] == [
        ("4", "1017"), ("4", "1018"),
    ]  # fmt: skip


@pytest.mark.parametrize("keys", [TABLE, NESTED], ids=["table", "nested"])
def test_a_whole_number_in_a_document_is_a_name(keys: dict[str, Any]) -> None:
    names = ["timestamp", "sensor_id", "machine_id", "factory_id", "metric_type", "value", "unit"]
    rows = [["2026-11-02T06:00:00Z", 4, 7, "F", "temperature", 21.5, "C"] for _ in range(40)]
    asked = long_mapping(
        columns={k: v for k, v in long_mapping().columns.items() if k in names or k == "metric"}, **keys
    )
    shown = rows if keys is TABLE else [dict(zip(names, row, strict=True)) for row in rows]
    content = json.dumps({"names": names, "rows": shown}).encode()

    fast, slow = (Read(content, asked, use_fast=use_fast) for use_fast in (True, False))

    assert [(row["sensor_id"], row["machine_id"]) for row in fast.rows] == [("4", "7")] * 40
    assert fast.all == slow.all


@pytest.mark.parametrize("use_fast", [True, False], ids=["fast", "slow"])
def test_a_sentinel_with_a_decimal_comma_is_blank_however_it_is_written(use_fast: bool) -> None:
    asked = wide_mapping(delimiter=";", missing=["-999,0"], numbers={"decimal": ","})
    rows = "".join(f"2026-01-01T00:00:0{n}Z;a;{text};1\n" for n, text in enumerate(("-999", "-999,00", "21,5")))
    read = Read(f"at;sensor;temp;speed\n{rows}".encode(), asked, use_fast=use_fast)

    assert (read.blank, [row["value"] for row in read.rows if row["metric"] == "temperature"]) == (2, [2.15])


def test_a_metric_of_sparkplug_whose_quality_is_bad_is_no_reading() -> None:
    metrics = [
        {"name": "T", "timestamp": 1793599200000 + code, "value": 0, "properties": {"Quality": {"value": code}}}
        for code in (192, 0, 500)
    ]
    content = json.dumps({"metrics": [*metrics, {"name": "T", "timestamp": 1793599300000, "value": 1}]}).encode()
    read = Read(content, parse_mapping({**PRESET, "files": ["*"]}, "metrics"))

    assert (len(read.rows), read.reasons) == (2, ["bad_quality", "bad_quality"])


@pytest.mark.parametrize("place", ["Quality", "Value.Quality"])
def test_a_value_of_opc_ua_that_says_bad_quality_is_no_reading(place: str) -> None:
    asked: dict[str, object] = {
        "preset": "opcua",
        "files": ["*"],
        "constants": PRESET["constants"],
        "units": {"T": "C"},
    }
    value = {"Value": 21.5, "SourceTimestamp": "2026-11-02T06:00:00Z"}
    record: dict[str, object] = {"NodeId": "T", "Value": value, "Quality": "Bad"}
    if place != "Quality":
        record = {"NodeId": "T", "Value": {**value, "Quality": "Bad"}}

    assert Read(json.dumps(record).encode(), parse_mapping(asked, "nodes")).reasons == ["bad_quality"]


def test_a_name_with_a_dollar_sign_is_part_of_a_path() -> None:
    asked = long_mapping(
        time={"column": "timestamp.$date.$numberLong", "kind": "epoch", "unit": "ms"}, quoted_numbers=True
    )
    read = Read(line(timestamp={"$date": {"$numberLong": "1793599200000"}}), asked)

    assert [row["measured_at"].isoformat() for row in read.rows] == ["2026-11-02T06:00:00+00:00"]
