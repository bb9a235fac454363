"""A draft of nested JSON needs at most five edits; with them its readings are those of Python's json."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from expectations.mapping.file import load_mapping
from expectations.plant.file import load_profile
from jobs.plant.draft.json_table import json_table
from jobs.plant.draft.table import Table
from tests.jobs.plant.draft.test_draft import of_texts
from tests.support.reader_files import Read

pytestmark = pytest.mark.usefixtures("away_from_the_users_settings")
MOST_EDITS = 5
SITE = ('factory_id = "factory_1"', 'factory_id = "site"')
START = 1_793_599_200  # 2026-11-02T06:00:00Z
Reading = tuple[str, str, str, float, float]
"""Machine, metric, unit, seconds since 1970, value."""


@dataclass(frozen=True)
class Case:
    """A file, the edits of its draft, and its readings by Python's json alone."""

    name: str
    text: str
    edits: tuple[tuple[str, str], ...]
    readings: Callable[[str], list[Reading]]
    faulty: int = 0


def _iso(text: str) -> float:
    return datetime.fromisoformat(text).astimezone(UTC).timestamp()


def _lines(documents: list[object]) -> str:
    return "".join(json.dumps(one) + "\n" for one in documents)


def _objects_in_objects(text: str) -> list[Reading]:
    found = []
    for line in text.splitlines():
        one = json.loads(line)
        for part, name, metric, unit in (
            ("bearing", "temp", "bearing_temp", "C"), ("oil", "temp", "oil_temp", "C"), ("oil", "p_bar", "p", "bar")
        ):  # fmt: skip
            found.append((one["machine"]["id"], metric, unit, _iso(one["time"]), one[part][name]))
    return found


def _telegraf(text: str) -> list[Reading]:
    return [
        (one["tags"]["host"], name, unit, one["timestamp"], one["fields"][name])
        for one in json.loads(text)["metrics"]
        for name, unit in (("temperature", "C"), ("pressure", "bar"))
    ]


def _keyed_devices(text: str) -> list[Reading]:
    units = {"temperature": "C", "pressure": "bar"}
    return [
        (machine, name, units[name], device["ts"], value)
        for line in text.splitlines()
        for machine, device in json.loads(line)["devices"].items()
        for name, value in device["values"].items()
    ]


def _keyed_metrics(text: str) -> list[Reading]:
    return [
        (one["asset"], name, cell["unit"], _iso(one["at"]), cell["value"])
        for one in json.loads(text)
        for name, cell in one["metrics"].items()
    ]


def _prometheus(text: str) -> list[Reading]:
    return [
        ("P1", series["metric"]["tag"].lower(), "C", at, float(value))
        for series in json.loads(text)["data"]["result"]
        for at, value in series["values"]
    ]


def _tag_history(text: str) -> list[Reading]:
    units = {"temp": "C", "press": "bar"}
    return [
        (tag["path"].split("/")[1], metric, units[metric], one["t"] / 1000, one["v"])
        for tag in json.loads(text)["tags"]
        for metric in [tag["path"].split("/")[2].lower()]
        for one in tag["history"]
        if one["q"] == 192
    ]


def _opc_ua(text: str) -> list[Reading]:
    return [
        (one["NodeId"][7:14], "temp", "C", _iso(one["Value"]["SourceTimestamp"]), one["Value"]["Value"])
        for one in map(json.loads, text.splitlines())
    ]


def _senml(text: str) -> list[Reading]:
    base, *_ = records = json.loads(text)
    return [
        ("P1", one["n"].lower(), one.get("u", base["bu"]), base["bt"] + one.get("t", 0), one["v"]) for one in records
    ]


def _quoted(text: str) -> list[Reading]:
    return [
        ("P1", "temperature", "C", one["ts"] / 1000, float(one["values"]["temperature"])) for one in json.loads(text)
    ]


P1 = 'machine_id = "P1"'
CASES = [
    Case(
        "objects",
        _lines([
            {"time": f"2026-11-02T06:0{i}:00Z", "machine": {"id": f"P{i % 2}", "site": "x"},
             "bearing": {"temp": 21.5 + i}, "oil": {"temp": 40.5, "p_bar": 2.1}}
            for i in range(6)
        ]),
        (SITE,), _objects_in_objects,
    ),
    Case(
        "telegraf",
        json.dumps({"metrics": [
            {"fields": {"temperature": 21.5 + i, "pressure": 6.1}, "name": "plc", "tags": {"host": f"P{i % 2}"},
             "timestamp": START + i}
            for i in range(6)
        ]}),
        (SITE,), _telegraf,
    ),
    Case(
        "devices",
        _lines([
            {"devices": {f"P{k}": {"ts": START + 60 * i,
                                   "values": {"temperature": 20.5 + i, **({"pressure": 6.1} if k == 1 else {})}}
                         for k in (1, 2)}}
            for i in range(4)
        ]),
        (SITE,), _keyed_devices,
    ),
    Case(
        "metrics",
        json.dumps([
            {"at": f"2026-11-02T07:0{i}:00+01:00", "asset": "P1",
             "metrics": {"temperature": {"value": 21.5 + i, "unit": "C"}, "pressure": {"value": 6.1, "unit": "bar"}}}
            for i in range(4)
        ]),
        (SITE,), _keyed_metrics,
    ),
    Case(
        "matrix",
        json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [
            {"metric": {"tag": f"T{k}"}, "values": [[START + i + 0.5, f"21.{i}"] for i in range(4)]} for k in (1, 2)
        ]}}),
        (SITE, ('machine_id = "matrix"', P1), ('t_1 = "1"', 't_1 = "C"'), ('t_2 = "1"', 't_2 = "C"')),
        lambda text: [(m, {"t1": "t_1", "t2": "t_2"}[n], *rest) for m, n, *rest in _prometheus(text)],  # type: ignore[misc]  # as Reading
    ),
    Case(
        "history",
        json.dumps({"provider": "default", "tags": [
            {"path": f"Area/Pump{k}/{name}",
             "history": [{"t": (START + i) * 1000, "v": value + i, "q": 192 if i < 3 else 24} for i in range(4)]}
            for k in (1, 2) for name, value in (("Temp", 21.5), ("Press", 6.1))
        ]}, indent=2),
        (SITE,), _tag_history, faulty=4,
    ),
    Case(
        "opcua",
        _lines([
            {"NodeId": f"ns=2;s=Boiler{k}.Temp",
             "Value": {"Value": 21.5 + i, "SourceTimestamp": f"2026-11-02T06:0{i}:00Z"}}
            for i in range(4) for k in (1, 2)
        ]),
        (SITE,), _opc_ua,
    ),
    Case(
        "senml",
        json.dumps([{"bn": "urn:p1:", "bt": START, "bu": "Cel", "n": "T1", "v": 21.5}, {"n": "T1", "t": 60, "v": 22.5},
                    {"n": "T2", "t": 60, "u": "bar", "v": 2.5}]),
        (SITE, ('machine_id = "senml"', P1), ('"urn:p1:T1" = "t_1"', '"urn:p1:T1" = "t1"'),
         ('"urn:p1:T2" = "t_2"', '"urn:p1:T2" = "t2"')),
        _senml,
    ),
    Case(
        "quoted",
        json.dumps([{"ts": (START + i) * 1000, "values": {"temperature": f"21.{i}"}} for i in range(4)]),
        (SITE, ('machine_id = "quoted"', P1)), _quoted,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_draft_of_nested_json_with_few_edits_reads_what_json_reads(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drafted = of_texts(tmp_path, {f"{case.name}.json": case.text}, capsys)
    file = f"mappings/{case.name}.toml"

    assert drafted.report["refused"] == {}
    assert load_profile(drafted.out).metrics
    assert len(case.edits) <= MOST_EDITS
    for old, new in case.edits:
        text = drafted.text(file)
        assert text.count(old) == 1, (old, text)
        (drafted.out / file).write_text(text.replace(old, new))
    read = Read(case.text.encode(), load_mapping(drafted.out / file))

    found = [
        (row["machine_id"], row["metric"], row["unit"], row["measured_at"].timestamp(), row["value"])
        for row in read.rows
    ]
    assert sorted(found) == sorted(case.readings(case.text))
    assert {row["factory_id"] for row in read.rows} == {"site"}
    assert (read.blank, len(read.rejected)) == (0, case.faulty)
    names = {(row["machine_id"], row["sensor_id"], row["metric"], row["measured_at"]) for row in read.rows}
    assert len(names) == len(found), "two readings are one by their names"


def _table(document: object, **options: bool) -> Table:
    found = json_table(json.dumps(document), "utf-8", is_whole=options.get("is_whole", True))
    assert isinstance(found, Table)
    return found


def test_a_document_that_is_cut_is_drafted_from_its_whole_records() -> None:
    text = json.dumps({"tags": [{"name": "T1", "v": number, "note": "a,b]"} for number in range(100)]})

    found = json_table(text[:900], "utf-8", is_whole=False)

    assert isinstance(found, Table)
    assert found.records == "tags[*]"
    assert found.column("v")[:3] == ("0", "1", "2")
    assert 20 < len(found.rows) < 30


def test_records_beside_the_records_are_a_question() -> None:
    found = _table({"values": [{"v": 1}, {"v": 2}], "alarms": [{"code": "HH"}]})

    assert (found.records, found.other_records) == ("values[*]", ("alarms[*]",))


def test_names_that_have_signs_of_paths_are_in_quotes() -> None:
    found = _table([{"a.b": {"c d": 1.5}}, {"a.b": {"c d": 2.5}}])

    assert found.names == ('["a.b"].c d',)
    assert found.label('["a.b"].c d') == "c d"


def test_numbers_by_the_same_names_are_columns_and_by_other_names_keys() -> None:
    alike = _table([{"at": 1, "x": {"temp": 1, "press": 2}}, {"at": 2, "x": {"temp": 3, "press": 4}}])
    unlike = _table([{"at": 1, "x": {"temp": 1}}, {"at": 2, "x": {"press": 4}}])

    assert (alike.records, alike.names) == ("", ("at", "x.temp", "x.press"))
    assert (unlike.records, unlike.names) == ("x.*", ("@value", "@key", "$.at"))
