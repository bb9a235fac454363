"""Technicians' answers through ingest, silver and gold; real tables, no engine."""

from datetime import UTC, datetime
from pathlib import Path

from jobs.diagnosis.emptiness import why_empty
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


def test_why_there_are_none(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)), AS_OF)
    plane.land("failures/one.jsonl", '{"at": "2026-03-01T06:00:00Z", "machine": "M1", "code": "x"}\n')
    plane.run()

    assert "no file of feed answers has records" in why_empty(plane.settings, plane.plant, "silver.alarm_answers")
