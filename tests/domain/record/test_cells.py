"""Fields of records: by example, and as columns by Arrow."""

from __future__ import annotations

import math
import struct
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bronze.readers.columns import typed_rows
from bronze.readers.plan import read_plan
from domain.record.cells import BOOLEAN, INTEGER, NUMBER, SCALAR, TEXT, TIME, CellReader
from domain.record.faults import FieldError
from expectations.feeds import FEEDS
from expectations.mapping.csv_rule import NumberRule
from expectations.mapping.mapping import Mapping
from expectations.mapping.time_rule import TimeRule

NAN, INF, HUGE = math.nan, math.inf, 10**400
COLUMNS = {"value": "v", "sensor_id": "s", "sequence": "q"}
TIMES = TimeRule("t", "zoned")


def read(kind: str, raw: object, missing: tuple[str, ...] = (), *, is_text: bool = False) -> object:
    try:
        reader = CellReader(missing, TIMES, is_text=is_text)
        found = reader.instant({TIMES.column: raw}) if kind == TIME else reader.readers[kind]("c", raw)
    except FieldError as exc:
        return exc.fault.reason
    return (type(found).__name__, found)


@pytest.mark.parametrize(
    ("kind", "raw", "found"),
    [
        (NUMBER, 1, ("float", 1.0)),
        (NUMBER, True, "wrong_type"),
        (NUMBER, "1", "wrong_type"),
        (NUMBER, NAN, "not_finite"),
        (NUMBER, HUGE, "not_finite"),
        (NUMBER, [], "wrong_type"),
        (INTEGER, 2**63 - 1, ("int", 2**63 - 1)),
        (INTEGER, 2**63, "wrong_type"),
        (INTEGER, HUGE, "not_finite"),
        (INTEGER, 7.0, ("int", 7)),
        (INTEGER, 7.5, "wrong_type"),
        (INTEGER, 2.0**53, "wrong_type"),
        (INTEGER, True, "wrong_type"),
        (TEXT, "", ("NoneType", None)),
        (TEXT, None, ("NoneType", None)),
        (TEXT, 5, ("str", "5")),
        (TEXT, 5.5, "wrong_type"),
        (TEXT, True, "wrong_type"),
        (BOOLEAN, False, ("bool", False)),
        (BOOLEAN, 1, "wrong_type"),
        (BOOLEAN, "true", "wrong_type"),
        (SCALAR, 18.0, ("str", "18")),
        (SCALAR, 18.5, ("str", "18.5")),
        (SCALAR, 1e22, ("str", "1e+22")),
        (SCALAR, True, ("str", "true")),
        (SCALAR, NAN, "not_finite"),
        (SCALAR, {}, "wrong_type"),
        (TIME, "1970-01-01T00:00:01Z", ("int", 1_000_000)),
        (TIME, 5, "wrong_type"),
    ],
)
def test_a_field_of_json(kind: str, raw: object, found: object) -> None:
    assert read(kind, raw) == found


@pytest.mark.parametrize(
    ("kind", "raw", "found"),
    [
        (NUMBER, " 1.5\t", ("float", 1.5)),
        (NUMBER, ".5", ("float", 0.5)),
        (NUMBER, "5.", ("float", 5.0)),
        (NUMBER, "1e400", "not_finite"),
        (NUMBER, "-Infinity", "not_finite"),
        (NUMBER, "1_0", "wrong_type"),
        (NUMBER, "٣", "wrong_type"),
        (NUMBER, "1,5", "wrong_type"),
        (NUMBER, " ", "wrong_type"),
        (NUMBER, "\u20031", "wrong_type"),
        (INTEGER, "007", ("int", 7)),
        (INTEGER, "1e3", ("int", 1000)),
        (INTEGER, "9223372036854775808", "wrong_type"),
        (INTEGER, "9" * 20, "wrong_type"),
        (BOOLEAN, "TRUE", ("bool", True)),
        (BOOLEAN, "0", ("bool", False)),
        (BOOLEAN, "yes", "wrong_type"),
        (SCALAR, "18.0", ("str", "18.0")),
    ],
)
def test_a_field_of_csv(kind: str, raw: str, found: object) -> None:
    assert read(kind, raw, is_text=True) == found


@pytest.mark.parametrize("kind", [NUMBER, INTEGER, TEXT, SCALAR, TIME, BOOLEAN])
@pytest.mark.parametrize(
    ("raw", "missing"), [("", ()), (None, ()), ("-99", ("-99",)), (-99, ("-99",)), (-99.0, ("-99",)), (NAN, ("nan",))]
)
def test_a_missing_text_or_number_is_blank(kind: str, raw: object, missing: tuple[str, ...]) -> None:
    assert read(kind, raw, missing) == ("NoneType", None)


@pytest.mark.parametrize("text", ["NaN", "nan", "-99.0", " -99", "-9.9e1"])
def test_a_missing_number_is_blank_however_csv_writes_it(text: str) -> None:
    assert read(NUMBER, text, ("-99", "nan"), is_text=True) == ("NoneType", None)
    assert read(INTEGER, text, ("-99", "nan"), is_text=True) == ("NoneType", None)


def test_a_missing_fraction_is_blank_also_as_a_single_float() -> None:
    (single,) = struct.unpack("<f", struct.pack("<f", -999.9))

    assert read(NUMBER, single, ("-999.9",)) == ("NoneType", None)
    assert read(NUMBER, 2147483648, ("2147483647",)) == ("float", 2147483648.0)


@pytest.mark.parametrize("text", ["-999", "-999,0", "-999,00"])
def test_a_missing_number_may_have_a_decimal_comma(text: str) -> None:
    reader = CellReader(("-999,0",), None, is_text=True, numbers=NumberRule(decimal=","))

    assert reader.number("c", text) is None


def test_true_is_no_missing_number() -> None:
    assert read(BOOLEAN, True, ("1", "true")) == ("bool", True)


def test_there_is_one_zero() -> None:
    for raw, is_text in ((-0.0, False), ("-0", True)):
        found = CellReader((), None, is_text=is_text).number("c", raw)
        assert str(found) == "0.0"


def test_a_source_without_times_has_none() -> None:
    assert CellReader((), None, is_text=False).instant({"c": "1970"}) is None


BITS = ("1", "-", "+", ".", "e", "5", "0", "nan", "inf", " ", "\t", "x", "9" * 20, "_", "true", "-99", "1e400")
TEXTS = st.lists(st.sampled_from(BITS), max_size=3).map("".join)
MISSING = st.sampled_from([(), ("-99",), ("nan",), ("NaN", "NA"), ("0",), ("1",), ("true",), ("-99", "x")])
NUMBERS = st.none() | st.floats() | st.sampled_from([-99.0, 0.0, -0.0, 1.0, 2.0**53])


def by_arrow(column: str, raw: pa.Array, missing: tuple[str, ...], format_name: str) -> dict[int, Any]:
    """What the column's own road reads, by place; places that it leaves to the scalar road are not there."""
    feed = FEEDS["readings"]
    mapping = Mapping(
        "m", feed, (), format_name, "long", None, {"value": "v", "sequence": "q", "sensor_id": "s"}, {}, {}, (), {}, {},
        {}, {}, {}, frozenset(missing), frozenset(),
    )  # fmt: skip
    plan = read_plan(mapping)
    columns = {"v": pa.nulls(len(raw), pa.float64()), "q": pa.nulls(len(raw), pa.int64())}
    columns |= {"s": pa.nulls(len(raw), pa.string()), column: raw}
    rows = typed_rows(columns, pa.nulls(len(raw), pa.string()), pa.array(range(len(raw))).to_numpy(), plan)
    return {} if rows is None else dict(zip(rows.line.tolist(), rows.columns[column].to_pylist(), strict=True))


@given(st.lists(TEXTS, min_size=1, max_size=6), MISSING, st.sampled_from(["v", "q", "s"]))
def test_texts_that_arrow_reads_are_the_same_one_by_one(
    texts: list[str], missing: tuple[str, ...], column: str
) -> None:
    kind = {"v": NUMBER, "q": INTEGER, "s": TEXT}[column]

    for place, found in by_arrow(column, pa.array(texts), missing, "csv").items():
        assert read(kind, texts[place], missing, is_text=True) == (type(found).__name__, found)


@given(st.lists(NUMBERS, min_size=1, max_size=6), MISSING)
def test_numbers_that_arrow_reads_are_the_same_one_by_one(
    numbers: list[float | None], missing: tuple[str, ...]
) -> None:
    for place, found in by_arrow("v", pa.array(numbers, pa.float64()), missing, "jsonl").items():
        assert read(NUMBER, numbers[place], missing) == (type(found).__name__, found)
