"""Nested JSON by mapping: records, paths, series, base fields; and the fast path gives what the slow one gives."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bronze.readers.json_lines.fast_spans import plain_spans
from bronze.readers.json_lines.nested import NestedRecords
from bronze.readers.json_lines.nested_forms import NestedForms
from bronze.readers.plan import read_plan
from domain.record.json_spans import spans
from expectations.mapping.file import parse_mapping
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read, long_mapping

QUICK = settings(max_examples=150)
BASE = {"feed": "readings", "files": ["*"], "constants": {"machine_id": "M1", "factory_id": "F1"}}


def mapping(**keys: Any) -> Mapping:
    return parse_mapping(BASE | {"time": {"column": "t", "kind": "epoch", "unit": "s"}} | keys, "nested")


PATHS = mapping(
    columns={"sensor_id": "tags.sensor", "metric": "tags.kind", "value": "fields.temp", "unit": "unit|tags.unit"},
    constants={"machine_id": "M1", "factory_id": "F1"},
)
LISTED = mapping(
    records="metrics[*]",
    time={"column": "t|$.t", "kind": "epoch", "unit": "s"},
    columns={"sensor_id": "name|alias", "metric": "name|alias", "value": "value"},
    units={"T": "C", "7": "bar"},
    quality={"column": "q", "good": [True, 1], "absent": "good"},
    ignored=["seq"],
)
KEYED = mapping(
    records="devices.*.values.*",
    time={"column": "$.devices.*.t", "kind": "epoch", "unit": "s"},
    columns={"machine_id": "@key2", "metric": "@key", "sensor_id": "@key", "value": "@value"},
    constants={"factory_id": "F1", "unit": "C"},
)
WIDE = mapping(
    shape="wide_by_metric",
    columns={"sensor_id": '["a.b"]'},
    metrics={"v.temp": {"metric": "temperature", "unit": "C"}, "v.press[0]": {"metric": "pressure", "unit": "bar"}},
)
SERIES = mapping(
    shape="wide_by_metric",
    templates={"sensor_id": "{machine_id}/{metric}"},
    metrics={"temp": {"metric": "temperature", "unit": "C"}},
    series={"step": "every", "unit": "ms"},
)
MAPPINGS = {"paths": PATHS, "listed": LISTED, "keyed": KEYED, "wide": WIDE, "series": SERIES}
NUMBERS = st.one_of(st.sampled_from([1793599200, 21.5, 0, -0.0, 1, 7]), st.integers(-(2**70), 2**70), st.floats())
VALUES = st.one_of(
    NUMBERS, NUMBERS, st.text(max_size=4), st.sampled_from(["T", "C", 'a"b', "x\ny"]), st.none(), st.booleans()
)
ANYTHING = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(
    st.sampled_from(["value", "name", "temp", "Temp", "t"]), inner, max_size=2), max_leaves=4)  # fmt: skip


def _sometimes(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Records with all fields, or with some left out, changed or new."""
    plain = st.fixed_dictionaries(fields)
    changed = st.dictionaries(st.sampled_from([*fields, "new", "Value", "a"]), ANYTHING, max_size=2)
    return st.one_of(plain, plain, plain, st.tuples(plain, changed).map(lambda pair: pair[0] | pair[1]))


TIMES = st.integers(1793599200, 1793599999)
METRIC = _sometimes(
    {"name": st.sampled_from(["T", "7"]), "t": TIMES, "value": NUMBERS, "q": st.sampled_from([True, 1])}
)
DOCUMENTS = {
    "paths": _sometimes({
        "t": TIMES, "tags": _sometimes({"sensor": st.just("S"), "kind": st.just("T"), "unit": st.just("C")}),
        "fields": _sometimes({"temp": NUMBERS}),
    }),
    "listed": _sometimes({"t": TIMES, "metrics": st.lists(METRIC, max_size=3), "seq": NUMBERS}),
    "keyed": st.fixed_dictionaries({"devices": st.dictionaries(
        st.sampled_from(["P1", "P2"]), _sometimes({"t": TIMES, "values": st.dictionaries(
            st.sampled_from(["temp", "press"]), VALUES, max_size=2)}), max_size=2)}),
    "wide": _sometimes({"t": TIMES, "a.b": st.just("S"), "v": _sometimes({
        "temp": NUMBERS, "press": st.lists(NUMBERS, min_size=1, max_size=2)})}),
    "series": _sometimes({"t": TIMES, "temp": st.lists(NUMBERS, max_size=3), "every": st.sampled_from([250, 0.5])}),
}  # fmt: skip
SPOILED = st.sampled_from(["", "", "", "{", "]", '"', "null", "5", "[1]", '{"t":1,"t":2}', "\x1e", "\x00", "garbage"])


@pytest.mark.parametrize("name", MAPPINGS)
@QUICK
@given(data=st.data())
def test_paths_agree_on_nested_lines(name: str, data: st.DataObject) -> None:
    documents = data.draw(st.lists(DOCUMENTS[name], max_size=10))
    lines = [*map(json.dumps, documents), data.draw(SPOILED), json.dumps(documents[:2])]
    content = "\n".join(data.draw(st.permutations(lines))).encode("utf-8", "surrogatepass")

    assert Read(content, MAPPINGS[name]).all == Read(content, MAPPINGS[name], use_fast=False).all


@pytest.mark.parametrize("name", MAPPINGS)
@QUICK
@given(data=st.data())
def test_paths_agree_on_whole_files(name: str, data: st.DataObject) -> None:
    documents = data.draw(st.lists(DOCUMENTS[name], max_size=8))
    text = data.draw(SPOILED) + json.dumps(documents, indent=data.draw(st.sampled_from([None, 1]))) + data.draw(SPOILED)
    content = text.encode("utf-8", "surrogatepass")
    content = content[: data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))]
    changed = parse_mapping(_document(name) | {"format": "json"}, "nested")

    assert Read(content, changed).all == Read(content, changed, use_fast=False).all


def _document(name: str) -> dict[str, Any]:
    one = MAPPINGS[name]
    time = one.time
    assert time is not None
    found: dict[str, Any] = BASE | {
        "time": {"column": time.column, "kind": "epoch", "unit": "s"}, "columns": one.columns,
        "constants": one.constants,
        "templates": one.templates, "units": one.units, "shape": one.shape, "records": one.records,
        "metrics": {cell.column: {"metric": cell.metric, "unit": cell.unit} for cell in one.metrics},
    }  # fmt: skip
    return found | ({"series": {"step": "every", "unit": "ms"}} if name == "series" else {})


FORMS = [
    '[{"t": 1793599200, "temp": 21.5}, {"t": 1793599260, "temp": 22.5}]',
    '[\n{"t": 1793599200, "temp": 21.5},\n{"t": 1793599260, "temp": 22.5}\n]\n',
    '[\n  {\n    "t": 1793599200,\n    "temp": 21.5\n  },\n  {\n    "t": 1793599260,\n    "temp": 22.5\n  }\n]',
    '{"t": 1793599200, "temp": 21.5}\n{"t": 1793599260,\n "temp": 22.5}',
    '\x1e{"t": 1793599200, "temp": 21.5}\n\x1e{"t": 1793599260, "temp": 22.5}\n',
    '\ufeff[{"t": 1793599200, "temp": 21.5}] [{"t": 1793599260, "temp": 22.5}]',
]
SIMPLE = {"shape": "wide_by_metric", "templates": {"sensor_id": "{machine_id}/{metric}"}, "format": "json",
          "metrics": {"temp": {"metric": "temperature", "unit": "C"}}}  # fmt: skip


@pytest.mark.parametrize("text", FORMS, ids=["array", "lines", "pretty", "objects", "sequence", "two_arrays"])
def test_a_whole_file_is_read_however_it_is_set(text: str) -> None:
    read = Read(text.encode(), mapping(**SIMPLE))

    assert [row["value"] for row in read.rows] == [21.5, 22.5]
    assert [row["_line"] for row in read.rows] == [1, 2]
    assert (read.records, read.rejected) == (2, [])


@pytest.mark.parametrize(
    ("text", "values", "reasons"),
    [
        ('[{"t": 1793599200, "temp": 21.5}, {"t": 17935', [21.5], ["not_json"]),
        ('[{"t": 1793599200, "temp": 21.5}', [21.5], ["not_json"]),
        ('[{"t": 1793599200, "temp": 21.5}, 5, null]', [21.5], ["not_an_object"]),
        ('[{"t": 1793599200, "temp": 21.5}]]', [21.5], ["not_json"]),
        ('[{"t": 1793599200, "temp": 21.5}, {"t": "x]', [21.5], ["not_json"]),
        ("nothing", [], ["not_an_object"]),
        ("", [], []),
    ],
)
def test_what_is_broken_of_a_whole_file_is_one_rejected_record(
    text: str, values: list[float], reasons: list[str]
) -> None:
    read = Read(text.encode(), mapping(**SIMPLE))

    assert [row["value"] for row in read.rows] == values
    assert read.reasons == reasons


def test_records_of_one_line_have_their_places() -> None:
    metrics = b'{"name":"T","value":1.5},{"alias":7,"value":6,"q":false},{"alias":7,"value":6}'
    content = b'{"t":1793599200,"metrics":[' + metrics + b"]}"

    read = Read(content, LISTED)

    assert [(row["metric"], row["value"], row["unit"], row["_line"], row["_column"]) for row in read.rows] == [
        ("T", 1.5, "C", 1, "metrics[0]"),
        ("7", 6.0, "bar", 1, "metrics[2]"),
    ]
    assert (read.reasons, read.records) == (["bad_quality"], 3)


def test_what_no_path_reads_is_rescued() -> None:
    content = b'{"t":1793599200,"tags":{"sensor":"S","kind":"T","unit":"C","x":1},"fields":{"temp":2},"new":[1]}'

    (row,) = Read(content, PATHS).rows

    assert json.loads(row["_rescued"]) == {"new": [1], "tags": {"x": 1}}


def test_a_document_without_records_is_rejected() -> None:
    assert Read(b'{"t":1793599200,"metric":[]}\n', LISTED).reasons == ["missing_field"]


def test_values_of_a_series_follow_one_another() -> None:
    read = Read(b'{"t":1793599200,"every":250,"temp":[21.5,null,21.7]}\n', SERIES)

    found = [(row["measured_at"].microsecond, row["value"]) for row in read.rows]
    assert found == [(0, 21.5), (500_000, 21.7)]
    assert (read.blank, read.records) == (1, 3)


@pytest.mark.parametrize("name", ["paths", "listed", "keyed", "wide"])
def test_documents_of_one_form_are_read_many_at_a_time(name: str) -> None:
    """Else the comparison of both paths above would compare one with itself."""
    plan = read_plan(MAPPINGS[name])
    forms = NestedForms(plan, NestedRecords(plan).documents)
    document = {
        "t": 1793599200, "tags": {"sensor": "S", "kind": "T", "unit": "C"}, "fields": {"temp": 2.5}, "a.b": "S",
        "metrics": [{"name": "T", "value": 1, "q": 1}] * 2, "v": {"temp": 1, "press": [2]},
        "devices": {"P1": {"t": 1793599200, "values": {"temp": 1.5, "press": 2}}},
    }  # fmt: skip
    needed = {
        "paths": ("t", "tags", "fields"), "listed": ("t", "metrics"), "keyed": ("devices",), "wide": ("t", "a.b", "v")
    }  # fmt: skip
    data = json.dumps({key: document[key] for key in needed[name]}).encode() * 10
    size = len(data) // 10
    starts = np.arange(10) * size

    found = list(forms.sources(data, starts, starts + size, np.arange(10)))

    assert [np.unique(source.line).tolist() for source in found] == [list(range(10))]


def test_documents_whose_keys_are_data_are_read_many_at_a_time() -> None:
    plan = read_plan(KEYED)
    forms = NestedForms(plan, NestedRecords(plan).documents)
    documents = [{"devices": {f"P{n % 8}": {"t": 1793599200, "values": {"temp": 1.5}}}} for n in range(80)]
    data = "".join(map(json.dumps, documents)).encode()
    size = len(data) // 80
    starts = np.arange(80) * size

    found = list(forms.sources(data, starts, starts + size, np.arange(80)))

    assert sorted(number for source in found for number in source.line.tolist()) == list(range(80))


@QUICK
@given(data=st.data())
def test_documents_are_found_alike_on_all_bytes_at_once(data: st.DataObject) -> None:
    values = data.draw(st.lists(st.one_of(DOCUMENTS["paths"], st.lists(DOCUMENTS["paths"], max_size=3)), max_size=4))
    text = data.draw(st.sampled_from(["", ",", "\n", "\x1e"])).join(map(json.dumps, values)) + data.draw(SPOILED)
    whole_arrays = data.draw(st.booleans())

    found = plain_spans(text.encode(), whole_arrays=whole_arrays)

    if found is not None:
        slow = list(spans(text.encode(), whole_arrays=whole_arrays))
        assert list(zip(*(part.tolist() for part in found), strict=True)) == [span[:2] for span in slow]
        assert not any(span.fault for span in slow)


def test_a_file_in_order_is_found_at_once() -> None:
    found = plain_spans(b'[{"a":"]"},\n {"b":[1]}] {"c":{}}', whole_arrays=False)

    assert found is not None
    assert [part.tolist() for part in found] == [[1, 13, 24], [10, 22, 32]]


@pytest.mark.parametrize("use_fast", [True, False])
def test_an_element_that_is_no_object_is_rejected_also_where_others_have_records(use_fast: bool) -> None:
    only = {"column": "kind", "is": ["data"]}
    mapping = long_mapping(format="json", records="data[*]", only_where=only)

    read = Read(b'{"data": [["data", "2026-11-02T06:00:00Z", 21.5], ["data", "x", 1]]}', mapping, use_fast=use_fast)

    assert (read.reasons, read.blank) == (["not_an_object"] * 2, 0)
