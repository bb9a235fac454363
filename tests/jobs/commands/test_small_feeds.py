"""Answers, heartbeats and certificates through ingest, silver and gold; real tables, no engine."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from jobs.diagnosis.emptiness import why_empty
from jobs.status.collect import collect
from jobs.status.conditions import conditions_of
from tests.support.commands import assay, snapshot
from tests.support.plane import Plane
from tests.support.small_plant import write_small_plant

AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
MAPPING = """
feed = "answers"
files = ["answers/*"]
format = "csv"
[time]
column = "at"
kind = "zoned"
[columns]
machine_id = "machine"
answer = "result"
answered_by = "who"
note = "words"
[constants]
factory_id = "F1"
[names]
"no fault found" = "refuted"
defect = "confirmed"
"""
HEADER = "at,machine,result,who,words\n"
HEARTBEATS = """
feed = "heartbeats"
files = ["gateways/*"]
format = "jsonl"
[time]
column = "ts"
kind = "zoned"
[columns]
gateway_id = "gw"
battery_pct = "batt"
[constants]
factory_id = "F1"
"""
NUMBERED = """
feed = "readings"
files = ["numbered/*"]
format = "jsonl"
[time]
column = "ts"
kind = "zoned"
[columns]
gateway_id = "gw"
sequence = "n"
machine_id = "machine"
value = "value"
[constants]
factory_id = "F1"
sensor_id = "S1"
metric = "temperature"
unit = "C"
"""
SUMMARIES = """
feed = "summaries"
files = ["summaries/*"]
format = "jsonl"
[time]
column = "ts"
kind = "zoned"
[columns]
gateway_id = "gw"
first_sequence = "from"
last_sequence = "to"
[constants]
factory_id = "F1"
"""
CERTIFICATES = """
feed = "certificates"
files = ["certificates/*"]
format = "csv"
[time]
column = "notAfter"
kind = "zoned"
[columns]
gateway_id = "gateway"
machine_id = "machine"
certificate = "use"
not_before = "notBefore"
[constants]
factory_id = "F1"
"""


def test_answers_become_rows_and_nothing_new_writes_nothing(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, answers=MAPPING)), AS_OF)
    lines = ["2026-03-01T06:00:00Z,M1,no fault found,rossi,dry", "2026-03-01T07:00:00Z,M1,acknowledged,,",
             "2026-03-01T06:00:00Z,M1,no fault found,rossi,dry", "2026-03-01T08:00:00Z,M2,perhaps,,",
             "2026-03-01T08:00:00Z,M2,,rossi,"]  # fmt: skip
    plane.land("answers/1.csv", HEADER + "".join(f"{one}\n" for one in lines))
    plane.run()

    assert [tuple(row.values())[3:] for row in plane.rows("silver.alarm_answers")] == [
        ("refuted", "rossi", "dry"), ("acknowledged", None, None),
    ]  # fmt: skip
    assert [row["_faults"] for row in plane.rows("silver.events_quarantine")] == [["unknown_answer"]]
    assert plane.rejected("answers") == {"missing_field": 1}
    assay(plane.settings, "quality", as_of=AS_OF)
    (account,) = [row for row in plane.rows("gold.data_quality") if row["feed"] == "answers"]
    classes = ("records", "accepted", "duplicate", "quarantined", "rejected")
    assert [account[name] for name in classes] == [5, 2, 1, 1, 1]

    before = snapshot(plane.lake)
    assert not any(report.changed for report in plane.run())
    assert snapshot(plane.lake) == before


def test_heartbeats_and_certificates_are_alerts_of_a_plant_that_sends_them(tmp_path: Path) -> None:
    plant = write_small_plant(tmp_path, heartbeats=HEARTBEATS, certificates=CERTIFICATES)
    plane = Plane(tmp_path, "none", str(plant), AS_OF)
    reports = [("2026-11-29T06:00:00Z", 18.0), ("2026-11-29T06:00:00Z", 18.0), ("2026-11-28T06:00:00Z", 400.0)]
    lines = [json.dumps({"ts": sent, "gw": "G1", "batt": charge}) for sent, charge in reports]
    plane.land("gateways/1.jsonl", "".join(f"{one}\n" for one in lines))
    holders = "G1,,mqtt,2026-01-01T00:00:00Z,2026-12-10T00:00:00Z\n,,lost,,2027-01-01T00:00:00Z\n"
    plane.land("certificates/1.csv", f"gateway,machine,use,notBefore,notAfter\n{holders}")
    plane.run()

    def keys() -> list[str]:
        found = conditions_of(collect(replace(plane.settings, least_free="1%"), AS_OF))
        return sorted(one.key for one in found if one.kind in ("gateway_battery", "certificate_ends"))

    assert keys() == ["certificate_ends/F1/G1/mqtt", "gateway_battery/F1/G1"]
    assert [row["_faults"] for row in plane.rows("silver.events_quarantine")] == [["impossible_value"], ["no_holder"]]
    assay(plane.settings, "quality", as_of=AS_OF)
    accounts = {row["feed"]: row for row in plane.rows("gold.data_quality")}
    classes = ("records", "accepted", "duplicate", "quarantined")
    assert [accounts["heartbeats"][name] for name in classes] == [3, 1, 1, 1]
    assert [accounts["certificates"][name] for name in classes] == [2, 1, 0, 1]

    plane.land("certificates/0.csv", "gateway,machine,use,notBefore,notAfter\nG1,,mqtt,,2027-12-10T00:00:00Z\n")
    plane.run()
    assert keys() == ["gateway_battery/F1/G1"]


def test_files_in_any_order_split_and_repeated_give_the_same_tables(tmp_path: Path) -> None:
    answers = [f"2026-03-01T0{hour}:00:00Z,M1,{word},rossi,n{hour}\n" for hour in range(8)
               for word in ("defect", "acknowledged")]  # fmt: skip
    ends = [f"G1,,mqtt,2026-01-0{day}T00:00:00Z,2026-12-1{day % 3}T00:00:00Z\n" for day in range(1, 8)]
    reports = [json.dumps({"ts": f"2026-03-01T0{n % 5}:00:00Z", "gw": "G1", "batt": 10.0 + n}) + "\n" for n in range(9)]
    whole, parts = (
        Plane(tmp_path / name, "none", str(write_small_plant(
            tmp_path / name, answers=MAPPING, heartbeats=HEARTBEATS, certificates=CERTIFICATES
        )), AS_OF) for name in ("whole", "parts")
    )  # fmt: skip
    feeds = (("answers/{}.csv", HEADER, answers), ("gateways/{}.jsonl", "", reports),
             ("certificates/{}.csv", "gateway,machine,use,notBefore,notAfter\n", ends))  # fmt: skip
    for name, head, lines in feeds:
        whole.land(name.format(1), head + "".join(lines))
        parts.land(name.format("b"), head + "".join(reversed(lines[3:])))
    for plane in (whole, parts):
        plane.run()
    for name, head, lines in feeds:
        parts.land(name.format("a"), head + "".join(lines[:5]) + lines[0])
    parts.run()

    tables = ("silver.alarm_answers", "silver.gateway_heartbeats", "silver.certificates")
    assert {name: parts.digests()[name] for name in tables} == {name: whole.digests()[name] for name in tables}
    assert [len(whole.rows(name)) for name in tables] == [16, 5, 3]
    assert {row["battery_pct"] for row in whole.rows("silver.gateway_heartbeats")} == {14.0, 15.0, 16.0, 17.0, 18.0}


def test_one_begin_in_two_spellings_is_no_contradiction(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, certificates=CERTIFICATES)), AS_OF)
    begins = ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-02T00:00:00Z")
    lines = [f"G1,,mqtt,{begin},2026-12-10T00:00:00Z\n" for begin in begins]
    head = "gateway,machine,use,notBefore,notAfter\n"
    plane.land("certificates/1.csv", head + "".join(lines[:2]))
    plane.run()
    assert plane.rows("silver.events_quarantine") == []

    plane.land("certificates/2.csv", head + lines[2])
    plane.run()
    assert [row["not_before"].day for row in plane.rows("silver.certificates")] == [2]
    aside = [(row["_faults"], row["_line"]) for row in plane.rows("silver.events_quarantine")]
    assert [faults for faults, _ in aside] == [["conflicting_value"]] * 2
    assert len({line for _, line in aside}) == 2


def test_numbers_that_a_gateway_reduced_are_summarised_until_their_records_come(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, numbered=NUMBERED, summaries=SUMMARIES)), AS_OF)

    def counts() -> list[tuple[int | None, ...]]:
        names = ("produced", "accepted", "summarised", "missing")
        return [tuple(row[name] for name in names) for row in plane.rows("gold.reconciliation")]

    def readings(*numbers: int) -> str:
        rows = ({"ts": f"2026-11-02T06:{n:02}:00Z", "gw": "G1", "n": n, "machine": "M1", "value": 50} for n in numbers)
        return "".join(f"{json.dumps(row)}\n" for row in rows)

    plane.land("numbered/1.jsonl", readings(*range(10), *range(30, 40)))
    plane.run()
    assert counts() == [(40, 20, None, 20)]

    lines = [{"ts": "2026-11-02T06:27:00Z", "gw": "G1", "from": 10, "to": last} for last in (27, 27, 5)]
    plane.land("summaries/1.jsonl", "".join(f"{json.dumps(line)}\n" for line in lines))
    plane.run()
    assert counts() == [(40, 20, 18, 2)]
    assert [row["_faults"] for row in plane.rows("silver.events_quarantine")] == [["impossible_range"]]
    assay(plane.settings, "quality", as_of=AS_OF)
    (account,) = [row for row in plane.rows("gold.data_quality") if row["feed"] == "summaries"]
    assert [account[name] for name in ("records", "accepted", "duplicate", "quarantined")] == [3, 1, 1, 1]

    plane.land("numbered/2.jsonl", readings(10, 28))
    plane.run()
    assert counts() == [(40, 22, 17, 1)]
    before = snapshot(plane.lake)
    assert not any(report.changed for report in plane.run())
    assert snapshot(plane.lake) == before


def test_why_there_are_none(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)), AS_OF)
    plane.land("failures/one.jsonl", '{"at": "2026-03-01T06:00:00Z", "machine": "M1", "code": "x"}\n')
    plane.run()

    assert "no file of feed answers has records" in why_empty(plane.settings, plane.plant, "silver.alarm_answers")
