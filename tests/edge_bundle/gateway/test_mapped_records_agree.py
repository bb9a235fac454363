"""Records of every shape of mapping, with fields absent, blank or wrong: the same rows and counts as bronze."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from expectations.feeds import FEEDS
from expectations.mapping.mapping import Mapping, MetricColumn
from expectations.mapping.nested import SeriesRule
from expectations.mapping.only_where import OnlyRule
from expectations.mapping.quality import QualityRule
from expectations.mapping.time_rule import TimeRule
from expectations.mapping.values import Correction
from expectations.plant.file import load_profile
from jobs.edge.pipeline_document import pipeline_of
from tests.edge_bundle.gateway.test_readers_agree import ours, theirs

FILES = 40
GOOD: dict[str, object] = {
    "t": "2026-03-01T10:00:00Z", "m": "M1", "g": "g1", "q": 1, "tc": 50.5, "pp": 5000, "oo": 900, "k": "T", "c1": 5.5,
    "c2": 6, "s": "S1", "v": 7.25, "u": "C", "mm": "X", "a": 7, "c": "F1", "f": "bremen", "c1_q": 5, "c2_q": 6.5,
}  # fmt: skip
ODD = (
    None, "", 0, -0.0, 1.5, True, "x", "50.5", [1], {"a": 1}, "2026-03-01T10:00:00", "C", "temperature", "T", "S1",
    float("nan"), -99, "-99", "nan", " 5", "-99.0",
)  # fmt: skip
SENSOR = {"sensor_id": "{machine_id}/{metric}"}
CELLS = (
    MetricColumn("tc", "temperature", "C"),
    MetricColumn("pp", "pressure", "bar", 1000.0),
    MetricColumn("oo", "speed", "rpm", optional=True),
)


def mapping(name: str, feed: str, shape: str = "long", **changes: Any) -> Mapping:
    tables = ("constants", "templates", "machines", "machine_of", "names", "units", "attributes")
    empty: dict[str, Any] = {table: {} for table in tables}
    given: dict[str, Any] = {"time": TimeRule("t", "zoned"), "metrics": (), "missing": frozenset()}
    given |= {**empty, "ignored": frozenset(), "constants": {"factory_id": "bremen"}} | changes
    return Mapping(name, FEEDS[feed], (f"{name}/*",), shape=shape, **given)


def mappings(file_format: str) -> tuple[Mapping, ...]:
    words = {"format": file_format}
    machine = {"machine_id": "m", "machine_model": "mm"}
    event = {"machine_id": "m", "code": "c", "factory_id": "f"}
    return (
        mapping("by_metric", "readings", "wide_by_metric", templates=SENSOR, metrics=CELLS,
                columns={"machine_id": "m", "gateway_id": "g", "sequence": "q"}, missing=frozenset({"-99", "nan"}),
                **words),
        mapping("by_machine", "readings", "wide_by_machine", columns={"metric": "k"}, templates=SENSOR,
                machines={"c1": "M1", "c2": "M2"}, names={"T": "temperature"}, units={"temperature": "C"},
                missing=frozenset({"-99"}), **words),
        mapping("long", "readings", columns={"sensor_id": "s", "metric": "k", "value": "v", "unit": "u"},
                machine_of={"S1": "M1"}, units={"temperature": "C"}, names={"T": "temperature"}, **words),
        mapping("since", "machines", columns=machine, attributes={"age": "a"}, missing=frozenset({"-99"}), **words),
        mapping("always", "machines", columns=machine, attributes={"age": "a"}, time=None, **words),
        mapping("stated", "readings", columns={"sensor_id": "s", "metric": "k", "value": "v", "unit": "u"},
                constants={"machine_id": "M1", "factory_id": "bremen"}, names={"T": "temperature"}, quoted_numbers=True,
                states={"temperature": {"x": 20.0, "true": 1.0}, "": {"S1": 3.0}}, unit_names={"T": "F"},
                corrections=(Correction(sensor="S1", since_us=0, offset=-4.0, continues="S0"),
                             Correction(metric="temperature", until_us=1772359200000001, factor=0.5, unit="K")),
                **words),
        mapping("scaled", "readings", "wide_by_metric", templates=SENSOR, columns={"machine_id": "m"},
                metrics=(MetricColumn("tc", "temperature", "°C", factor=12.5, offset=-100.0, states={"x": 4.0}),
                         MetricColumn("pp", "pressure", "mbar", 10.0)),
                states={"pressure": {"S1": 5000.0}},
                corrections=(Correction(column="pp", factor=2.0, until_us=1), Correction(column="tc", offset=1.0)),
                **words),
        mapping("coded", "readings", columns={"sensor_id": "s", "metric": "k", "value": "v", "unit": "u"},
                constants={"machine_id": "M1", "factory_id": "bremen"}, names={"T": "temperature"},
                quality=QualityRule("a", ("7", "x"), ("0",)), **words),
        mapping("each_coded", "readings", "wide_by_machine", columns={"metric": "k"}, templates=SENSOR,
                machines={"c1": "M1", "c2": "M2"}, names={"T": "temperature"}, units={"temperature": "C"},
                quality=QualityRule("{column}_q", ("5..6",), absent="good"), **words),
        mapping("failed", "failures", columns=event, constants={}, **words),
        mapping("dated", "readings", "wide_by_metric", templates=SENSOR, columns={"machine_id": "m"}, metrics=CELLS,
                time=TimeRule("day", "local", format="%Y-%m-%d %H", joined=("a",), plus_column="q", plus_unit="ms",
                              given={"day": "2026-03-01"}), **words),
        mapping("only", "readings", "wide_by_metric", templates=SENSOR, columns={"machine_id": "m"}, metrics=CELLS,
                only_where=OnlyRule("c", ("F1", "true")), **words),
        mapping("only_failed", "failures", columns=event, constants={}, only_where=OnlyRule("k", ("x", "50.5"), True),
                **words),
    )  # fmt: skip


def record(chance: random.Random, columns: tuple[str, ...]) -> dict[str, object]:
    fields = {column: GOOD[column] for column in columns}
    for _ in range(chance.randint(0, 3)):
        column = chance.choice(columns)
        if chance.random() < 0.3:
            absent = fields.pop(column, None)
            fields |= {column.upper(): absent} if chance.random() < 0.3 else {}
        else:
            fields[column] = chance.choice(ODD)
    return fields


def content(chance: random.Random, one: Mapping) -> str:
    columns = one.source_columns
    rows = [record(chance, columns) for _ in range(chance.randint(1, 3))]
    if one.format == "jsonl":
        return "".join(json.dumps(row) + "\n" for row in rows)
    head = [column for column in columns if column != "oo" or chance.random() < 0.8]
    cells = [["" if row.get(column) is None else str(row[column]).replace(",", ";") for column in head] for row in rows]
    if chance.random() < 0.2:
        cells.insert(chance.randrange(len(cells) + 1), [f"n{place}" for place in "abcdefghijklmnopqrst"[: len(head)]])
    return "".join(",".join(line) + "\n" for line in [head, *cells])


@pytest.mark.parametrize("file_format", ["jsonl", "csv"])
@pytest.mark.parametrize("place", range(13), ids=[one.name for one in mappings("csv")])
def test_records_mean_the_same_at_the_edge(tmp_path: Path, file_format: str, place: int) -> None:
    chance, all_of_them = random.Random(place), mappings(file_format)
    pipeline, one = pipeline_of(load_profile("simulated"), all_of_them, []), all_of_them[place]
    path = tmp_path / one.name / "file"
    path.parent.mkdir()
    differing, rejected = [], 0
    for _ in range(FILES):
        text = content(chance, one)
        path.write_text(text)
        found = ours(pipeline, path)
        rejected += found.rejected
        if found != theirs(pipeline, one, path):
            differing.append(text)

    assert differing == []
    assert rejected > 5


NESTED: dict[str, dict[str, Any]] = {
    "listed": {"records": "list[*]", "time": TimeRule("$.t", "zoned"), "columns": {
        "sensor_id": "s|n", "metric": "k", "value": "v", "unit": "u"}, "blank_where": "nil"},
    "keyed": {"records": "$.list[*].each.*", "time": TimeRule("$.t", "zoned"), "columns": {
        "sensor_id": "$.list[*].s", "metric": "@key", "value": "@value", "unit": "$.list[*].u"}},
    "series": {"columns": {"sensor_id": "o.s", "metric": "o.k", "value": "o.v", "unit": "o.u"},
               "series": SeriesRule(every=20.0, unit="ms")},
    "others": {"records": "list[*]", "time": TimeRule("$.t", "zoned"), "columns": {
        "sensor_id": "s|n", "metric": "k", "value": "v", "unit": "u"}, "only_where": OnlyRule("$.list")},
    "others_within": {"records": "list[*]", "time": TimeRule("$.t", "zoned"), "columns": {
        "sensor_id": "s|n", "metric": "k", "value": "v", "unit": "u"}, "only_where": OnlyRule("bn", ("T",))},
    "pack": {"base": "senml", "time": TimeRule("t", "epoch", unit="s"), "columns": {
        "sensor_id": "n", "metric": "k", "value": "v", "unit": "u"}},
}  # fmt: skip
ELEMENT: dict[str, object] = {"s": "S1", "k": "T", "v": 7.25, "u": "C", "n": 7, "bn": "T", "each": {"temperature": 7}}
CHANGES = ((), "S1", None, [1.5, 2.5], {"v": 1}, True, 5, "C", {"temperature": 3, "pressure": "x"})


def nested_content(chance: random.Random, one: Mapping) -> str:
    def changed(element: dict[str, object]) -> dict[str, object]:
        found = dict(element)
        for _ in range(chance.choice((0, 0, 1, 2))):
            found[chance.choice((*element, "nil", "V", "new"))] = chance.choice(CHANGES[1:])
        return found if chance.random() < 0.9 else {key: found[key] for key in found if chance.random() < 0.8}

    documents: list[object] = []
    for number in range(chance.randint(1, 3)):
        own: dict[str, object] = {"t": 1_772_359_200 + number, "n": "x"} if one.base else {}
        plain = {key: value for key, value in ELEMENT.items() if not (one.base and key == "s")}  # a sum there
        elements = [changed(plain | own) for _ in range(chance.randint(0, 3))]
        one_of = ELEMENT | {"v": chance.choice(([1.5, 2.5], [7], [], 7))}
        documents.append(elements if one.base else {"t": GOOD["t"], "list": elements, "o": changed(one_of)})
    if one.format == "jsonl":
        return "".join(json.dumps(document) + "\n" for document in documents)
    text = json.dumps(documents if not one.base else documents[0], indent=chance.choice((None, 2)))
    return text if chance.random() < 0.8 else text[: chance.randint(0, len(text))]


TABLES: dict[str, dict[str, Any]] = {
    "side": {"records": "arrays", "side_by_side": True, "columns": {
        "sensor_id": "s|$.s", "metric": "k", "value": "v", "unit": "$.u"}},
    "below": {"records": "sets[*].rows[*]", "header": "$.sets[*].names", "columns": {
        "sensor_id": "s|$.s", "metric": "k", "value": "v", "unit": "$.u"}},
}  # fmt: skip


def table_content(chance: random.Random, one: Mapping) -> str:
    documents: list[object] = []
    for _ in range(chance.randint(1, 3)):
        size = chance.randint(0, 4)
        columns = {key: [GOOD[key]] * size for key in ("t", "s", "k", "v", "m")}
        for _ in range(chance.choice((0, 0, 1, 2)) if size else 0):
            columns[chance.choice(list(columns))][chance.randrange(size)] = chance.choice(CHANGES[1:])
        columns = {key: values for key, values in columns.items() if chance.random() < 0.9}
        rows: list[object] = [list(row) for row in zip(*columns.values(), strict=True)]
        if chance.random() < 0.2:
            odd: tuple[Any, ...] = ({"v": [7, 8]}, {"v": 7}, {})
            columns |= chance.choice(odd)
            rows.append(chance.choice(([1], {"v": 1}, 5)))
        names: list[object] = [*columns, *(["v"] if chance.random() < 0.1 else [])]
        documents.append({"s": "S2", "u": "C", "arrays": columns, "sets": [{"names": names, "rows": rows}]})
    if one.format == "jsonl":
        return "".join(json.dumps(document) + "\n" for document in documents)
    return json.dumps(documents)


@pytest.mark.parametrize("file_format", ["jsonl", "json"])
@pytest.mark.parametrize("name", [*TABLES, *NESTED])
def test_tables_and_nested_records_mean_the_same_at_the_edge(tmp_path: Path, file_format: str, name: str) -> None:
    chance = random.Random(name)
    content = table_content if name in TABLES else nested_content
    constants = {"machine_id": "M1", "factory_id": "bremen"}
    words: dict[str, Any] = {"names": {"T": "temperature"}, "constants": constants, "format": file_format}
    one = mapping(name, "readings", **(TABLES | NESTED)[name], **words)
    pipeline = pipeline_of(load_profile("simulated"), (one,), [])
    path = tmp_path / one.name / "file"
    path.parent.mkdir()
    differing, read = [], 0
    for _ in range(2 * FILES):
        text = content(chance, one)
        path.write_text(text)
        found = ours(pipeline, path)
        read += found.rows.total()
        if found != theirs(pipeline, one, path):
            differing.append(text)

    assert differing == []
    assert read > FILES
