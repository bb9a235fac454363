from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest

from edge_bundle.format.pipeline import MachineRecord, MetricColumn, Source, TimeRule
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.input.files import json_lines, json_record
from edge_bundle.gateway.input.interpreter import Interpreter
from edge_bundle.gateway.input.own_columns import own_source
from edge_bundle.gateway.input.records import Event, Fault, Item, Reading
from tests.edge_bundle.gateway.plants import US, small_pipeline

NOW_US = 1_700_000_000 * US
AT = "2023-01-01T00:00:00Z"
AT_US = 1_672_531_200 * US


def read(source: Source, **record: Any) -> list[Item]:
    return Interpreter(small_pipeline(), source, VirtualClock(NOW_US)).read(record)


def reading(**changes: Any) -> dict[str, Any]:
    plain = {"sensor_id": "s", "machine_id": "m1", "factory_id": "f1", "metric": "temperature", "unit": "C"}
    return {**plain, "value": 20.0, "measured_at": AT, **changes}


def codes(items: list[Item]) -> list[str]:
    return [item.code if isinstance(item, Fault) else type(item).__name__ for item in items]


def test_a_long_record_is_one_reading_in_steps() -> None:
    assert read(own_source("readings"), **reading(value=20.125)) == [
        Reading("s", "temperature", AT_US, "m1", "f1", 2012)
    ]


def test_another_unit_is_converted_by_factor_and_offset() -> None:
    assert read(own_source("readings"), **reading(value=212, unit="F"))[0] == Reading(
        "s", "temperature", AT_US, "m1", "f1", 10_000
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"value": None}, "blank"),
        ({"value": ""}, "blank"),
        ({"value": "20"}, "wrong_type"),
        ({"value": True}, "wrong_type"),
        ({"value": float("nan")}, "not_finite"),
        ({"value": 10**400}, "not_finite"),
        ({"value": 1e300}, "value_out_of_range"),
        ({"metric": "humidity"}, "unknown_metric"),
        ({"unit": "bar"}, "unknown_unit"),
        ({"unit": None}, "missing_field"),
        ({"machine_id": 7.5}, "wrong_type"),
        ({"sensor_id": ""}, "missing_field"),
        ({"measured_at": "2023-01-01T00:00:00"}, "time_without_zone"),
        ({"measured_at": 5}, "wrong_type"),
        ({"measured_at": "1970-01-01T00:00:00Z"}, "clock_suspect"),
        ({"measured_at": "2099-01-01T00:00:00Z"}, "clock_suspect"),
        ({"measured_at": "2023-11-14T22:23:20Z"}, "Reading"),
        ({"measured_at": "2023-11-14T22:23:20.000001Z"}, "clock_suspect"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_record_has_a_code(changes: dict[str, Any], code: str) -> None:
    assert codes(read(own_source("readings"), **reading(**changes))) == [code]


def test_a_value_that_is_not_there_at_all_is_no_blank() -> None:
    record = reading()
    del record["value"]

    assert codes(read(own_source("readings"), **record)) == ["missing_field"]


WIDE = Source(
    "wide",
    "readings",
    format="csv",
    shape="wide_by_metric",
    time=TimeRule("t", "epoch", unit="ms"),
    columns={"machine_id": "machine"},
    constants={"factory_id": "f1"},
    templates={"sensor_id": "{machine_id}/{metric}"},
    metrics=(MetricColumn("temp", "temperature", "C"), MetricColumn("vib", "vibration", "mm/s")),
    missing=("-1", "n/a"),
)


def test_a_wide_row_is_one_item_per_cell() -> None:
    items = read(WIDE, t="1672531200000", machine="m1", temp=" 20.5\t", vib="3")

    assert items == [
        Reading("m1/temperature", "temperature", AT_US, "m1", "f1", 2050),
        Reading("m1/vibration", "vibration", AT_US, "m1", "f1", 3000),
    ]


@pytest.mark.parametrize("cell", ["", "n/a", "-1", "-1.0"])
def test_missing_codes_are_blank_as_text_and_as_number(cell: str) -> None:
    assert codes(read(WIDE, t="1672531200000", machine="m1", temp=cell, vib="3")) == ["blank", "Reading"]


@pytest.mark.parametrize("value", [[1], {"n/a": 1}], ids=["array", "object"])
def test_an_array_or_object_is_never_a_missing_code(value: Any) -> None:
    source = replace(own_source("readings"), missing=("-1", "n/a"))

    assert codes(read(source, **reading(value=value))) == ["wrong_type"]
    assert codes(read(source, **reading(unit=value))) == ["wrong_type"]


def test_a_bad_time_rejects_the_cells_that_hold_something() -> None:
    assert codes(read(WIDE, t="soon", machine="m1", temp="", vib="3")) == ["blank", "wrong_type"]


def test_wide_by_machine_names_the_machine_by_its_column() -> None:
    source = Source(
        "states",
        "readings",
        format="csv",
        shape="wide_by_machine",
        time=TimeRule("t", "epoch", unit="s"),
        columns={"sensor_id": "who"},
        constants={"factory_id": "f1", "metric": "temperature"},
        machines={"machine1": "m1", "machine2": "m2"},
        units={"temperature": "C"},
    )

    items = read(source, t="1672531200", who="s", machine1="1", machine2="")

    assert items == [Reading("s", "temperature", AT_US, "m1", "f1", 100), Fault("blank")]


def test_sensors_find_their_machine_in_the_table() -> None:
    source = Source(
        "by_sensor",
        "readings",
        time=TimeRule("t"),
        columns={"sensor_id": "who", "value": "value", "metric": "what"},
        constants={"factory_id": "f1", "unit": "C"},
        machine_of={"s": "m2"},
        names={"T": "temperature"},
    )

    known = read(source, t=AT, who="s", what="T", value=1)
    unknown = read(source, t=AT, who="x", what="T", value=1)

    assert known == [Reading("s", "temperature", AT_US, "m2", "f1", 100)]
    assert codes(unknown) == ["missing_field"]


def test_events_and_master_data_come_by_the_same_road() -> None:
    event = read(own_source("failures"), machine_id="m1", factory_id="f1", code="comp1", occurred_at=AT)
    machine = read(own_source("machines"), machine_id="m1", factory_id="f1", machine_model="a", attributes='{"age": 7}')

    assert event == [Event("failure", "m1", "comp1", AT_US, "f1")]
    assert machine == [MachineRecord("m1", "f1", small_pipeline().plant_began_us, "a", {"age": "7"})]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"a":1}{"b":2}', "several_objects"),
        (b'{"a":1} x', "not_json"),
        (b"[1]", "not_an_object"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"a":"\xff"}', "not_utf8"),
        (b'{"a":"\\ud800"}', "not_utf8"),
        (b"[" * 100_000, "not_json"),
        (b"garbage", "not_json"),
    ],
    ids=["two objects", "text behind", "array", "key twice", "bytes", "surrogate", "deep", "garbage"],
)
def test_a_line_that_is_no_object_has_a_code(line: bytes, code: str) -> None:
    found = json_record(line)

    assert isinstance(found, Fault)
    assert found.code == code


def nested(levels: int, opening: str = '{"a":', closing: str = "}") -> bytes:
    return f'{{"a":{opening * (levels - 1)}1{closing * (levels - 1)}}}'.encode()


@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")], ids=["objects", "arrays"])
def test_an_object_of_more_than_64_levels_is_no_json(opening: str, closing: str) -> None:
    assert isinstance(json_record(nested(64, opening, closing)), dict)
    for levels in (65, 400, 100_000):
        found = json_record(nested(levels, opening, closing))
        assert isinstance(found, Fault)
        assert found.code == "not_json"


def test_many_flat_arrays_are_not_deep() -> None:
    assert isinstance(json_record(b'{"a":[' + b",".join([b"[{}]"] * 500) + b"]}"), dict)


@pytest.mark.parametrize("text", ["[" * 100_000, nested(100_000).decode()], ids=["broken", "whole"])
def test_attributes_too_deep_to_be_read_are_none(text: str) -> None:
    items = read(own_source("machines"), machine_id="m1", factory_id="f1", attributes=text)

    assert items == [MachineRecord("m1", "f1", small_pipeline().plant_began_us, None, {})]


def test_a_line_that_is_too_long_costs_only_itself() -> None:
    found = list(json_lines(io.BytesIO(b'{"a":1}\n' + b"x" * 5000 + b'\n\n{"a":2}'), 100))

    assert found[0] == {"a": 1}
    assert isinstance(found[1], Fault)
    assert (found[1].code, found[2:]) == ("line_too_long", [{"a": 2}])
