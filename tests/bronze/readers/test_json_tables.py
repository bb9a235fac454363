"""Tables in JSON: arrays side by side, and rows below a header; by columns and one by one they are the same."""

import json
import random
from typing import Any

import pytest

from bronze.readers.json_lines import whole_file
from expectations.errors import MappingError
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read, long_mapping

SECONDS = [f"2026-11-02T06:00:{second:02}Z" for second in range(60)]


def mapping_of(**changes: Any) -> Mapping:
    data = {
        "format": "json",
        "shape": "wide_by_metric",
        "time": {"column": "time"},
        "columns": {"sensor_id": "tag|$.tag"},
        "constants": {"machine_id": "P1", "factory_id": "F"},
        "metrics": {
            "temp": {"metric": "temperature", "unit": "C"},
            "press": {"metric": "pressure", "unit": "bar", "optional": True},
        },
        "missing": ["-99"],
    }
    return long_mapping(**(data | changes))


SIDE = mapping_of(side_by_side=True, records="hourly")
BELOW = mapping_of(header="$.columns", records="data[*]")
NAMED = mapping_of(header="$.columns[*].name", records="data[*]", only_where={"column": "kind", "is_not": ["x"]})
INDEXED = mapping_of(header="$.columns", records="data[*]", time={"column": "$.index[*]", "kind": "epoch", "unit": "s"})


def document_of(mapping: Mapping, columns: dict[str, list[Any]]) -> dict[str, Any]:
    if mapping.side_by_side:
        return {"tag": "S1", "hourly": columns}
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    names = [{"name": name} for name in columns] if mapping is NAMED else list(columns)
    return {"tag": "S1", "columns": names, "data": rows, "index": [1_793_599_200 + n for n in range(len(rows))]}


def test_each_place_of_the_arrays_is_a_record() -> None:
    document = document_of(
        SIDE, {"time": SECONDS[:3], "temp": [1.5, None, 2], "press": [6, 7, -99], "note": ["a", "", None]}
    )

    read = Read(json.dumps(document).encode(), SIDE)

    assert [(row["measured_at"].second, row["sensor_id"], row["metric"], row["value"]) for row in read.rows] == [
        (0, "S1", "temperature", 1.5), (0, "S1", "pressure", 6.0), (1, "S1", "pressure", 7.0),
        (2, "S1", "temperature", 2.0),
    ]  # fmt: skip
    assert (read.records, read.blank, read.rows[0]["_rescued"]) == (6, 2, '{"note": "a"}')
    assert [(row["_line"], row["_column"]) for row in read.rows[:2]] == [(1, "hourly[0].temp"), (1, "hourly[0].press")]


@pytest.mark.parametrize(
    ("columns", "reason", "detail"),
    [
        ({"time": SECONDS[:3], "temp": [1, 2]}, "wrong_type", "arrays of different lengths: time has 3, temp has 2"),
        ({"time": SECONDS[:2], "temp": [1, 2], "new": [1]}, "wrong_type", "arrays of different lengths"),
        ({"time": SECONDS[0], "temp": [1, 2]}, "wrong_type", "time: got a single value"),
        ({"time": SECONDS[:2], "temp": 5}, "wrong_type", "temp: got a single value"),
        ({"tag": "S1"}, "missing_field", "no array is in the record"),
    ],
)
@pytest.mark.parametrize("more", [0, 5000], ids=["small", "large"])
def test_arrays_that_do_not_fit_each_other_are_one_rejected_record(
    columns: dict[str, Any], reason: str, detail: str, more: int
) -> None:
    content = json.dumps({"hourly": columns, "other": "x" * more}).encode()

    read = Read(content, SIDE)

    assert (read.records, read.rows, read.reasons) == (1, [], [reason])
    assert read.rejected[0]["detail"].startswith(detail)


def test_rows_are_read_by_the_names_of_their_header_and_by_no_others() -> None:
    names = ["press", "time", "temp"]
    good, rows = [6, SECONDS[0], 1.5], [[6, SECONDS[1]], {"time": SECONDS[1]}]

    read = Read(json.dumps({"tag": "S1", "columns": names, "data": [good, *rows]}).encode(), BELOW)
    bare = Read(json.dumps({"tag": "S1", "data": [good]}).encode(), BELOW)
    twice = Read(json.dumps({"tag": "S1", "columns": ["time", "temp", "temp"], "data": [good]}).encode(), BELOW)

    assert [(row["metric"], row["value"]) for row in read.rows] == [("temperature", 1.5), ("pressure", 6.0)]
    assert read.reasons == ["wrong_field_count", "not_an_object"]
    assert (bare.reasons, twice.reasons) == (["missing_column"], ["missing_column"])


def test_two_rules_for_the_form_of_a_table_are_refused() -> None:
    for wrong in ({"header": "columns"}, {"header": "$.c", "records": "data"}, {"header": "$.c", "side_by_side": True}):
        with pytest.raises(MappingError, match="header"):
            mapping_of(records="data[*]", **wrong) if "records" not in wrong else mapping_of(**wrong)


ODD = (None, "", "hot", 1, 2.5, True, [1], {"a": 1}, "-99", -99, SECONDS[7], 10**30, "S2", float("nan"), "x")


def columns_of(chance: random.Random, size: int) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        "time": [chance.choice(SECONDS) for _ in range(size)],
        "temp": [chance.choice((1, 2.5, 3)) for _ in range(size)],
        "press": [chance.choice((6, None)) for _ in range(size)],
        "kind": ["y"] * size,
        "note": [None] * size,
        "tag": ["S9"] * size,
        "Press": [7] * size,
    }
    for name in chance.sample(sorted(found), chance.choice((0, 1, 2, 2))):
        found.pop(name)
    for _ in range(chance.choice((0, 0, 1, 4)) if size else 0):
        found[chance.choice(list(found))][chance.randrange(size)] = chance.choice(ODD)
    return found


@pytest.mark.parametrize("mapping", [SIDE, BELOW, NAMED, INDEXED], ids=["side", "below", "named", "indexed"])
def test_by_columns_and_one_by_one_tables_are_the_same(mapping: Mapping) -> None:
    chance, read = random.Random(mapping.header), 0
    for _ in range(60):
        documents = []
        for _ in range(chance.randint(1, 3)):
            document = document_of(mapping, columns_of(chance, chance.choice((0, 1, 3, 120))))
            if chance.random() < 0.1 and "data" in document:
                document["data"].insert(0, [1])
            documents.append(document)
        content = json.dumps(documents).encode()
        fast, slow = Read(content, mapping), Read(content, mapping, use_fast=False)
        assert fast.all == slow.all, content
        read += len(fast.rows)
    assert read > 1000
    assert len(json.dumps(document_of(mapping, columns_of(random.Random(1), 120)))) > whole_file.LARGE


@pytest.mark.parametrize("mapping", [SIDE, BELOW, NAMED, INDEXED], ids=["side", "below", "named", "indexed"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""), ("\ufeff \r\n", " \n"), ("", ",\n"), ("", "\n{}"), ("[", "]"), ("", "]"), ("\x1e", "\n"),
        ("", '\n{"tag": "S1", "tag": "S2"}'), ("", "x"), ("", "\x0b"),
    ],
    ids=["alone", "in white space", "comma", "two", "array", "bracket", "sequence", "key twice", "text", "tab"],
)  # fmt: skip
def test_a_file_of_one_large_object_is_read_as_one_by_one(mapping: Mapping, before: str, after: str) -> None:
    columns: dict[str, list[Any]] = {
        "time": SECONDS * 3,
        "kind": ["y"] * 180,
        "temp": [1.5, 2] * 90,
        "note": ['[{"', "\U0001f600"] * 90,
    }
    for is_escaped in (True, False):
        text = json.dumps(document_of(mapping, columns), ensure_ascii=is_escaped)
        content = f"{before}{text}{after}".encode()
        fast, slow = Read(content, mapping), Read(content, mapping, use_fast=False)

        assert len(content) > whole_file.LARGE
        assert fast.all == slow.all
        assert len(fast.rows) == 180 or (before + after).strip()
