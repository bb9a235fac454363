"""What commits say, typed: written as readable JSON, read strictly, and read as older versions wrote it."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from expectations.conventions import Conventions
from expectations.mapping.keep import Keep
from expectations.plant.plant_profile import CounterRule
from expectations.tables.contract import Column, Table
from lakehouse.commit_json import from_text, to_text
from lakehouse.commit_metadata import (
    Audit,
    CommitMetadata,
    GridTimes,
    LabelBasis,
    LabelRules,
    Limits,
    MissingRows,
    RecordCounts,
    Scoring,
)
from lakehouse.errors import CommitMetadataError
from lakehouse.lake import Lake
from lakehouse.writing.metadata import record_metadata

TABLE = Table("gold", "days", "Days", (Column("day", "date", "Day", nullable=False),), partition_by=("day",))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONVENTIONS = Conventions({"pressure": ("bar", 0.001)}, 60, "Europe/Berlin", {"F1": "Asia/Tokyo"})
WHOLE = CommitMetadata(
    built_from={"silver.readings": 7},
    audit=Audit("PASS", "5d0c1fa98e", "c430de5896fd", {"busy": 2}),
    aside={"warm": "value > 0"},
    asked={"known/5d0c": {"silver.readings": 7}},
    batch=3,
    state="done",
    dates=(date(2026, 3, 1), date(2026, 3, 2)),
    since=date(2026, 2, 27),
    batches={"machines": 1, "failures": 0},
    clock="file",
    rows=12,
    counts=RecordCounts(10, 1, {"value_out_of_range": 1}),
    unknown={"unknown_metric": {"heat": 2}},
    corrections={2: RecordCounts(-1, 0, {"clock_suspect": 1})},
    limits=Limits({"M1": "HOT"}, {"pressure": ({"low": 0.5}, {"machine_model": "HOT", "high": 9.0})}),
    plant="small",
    conventions=CONVENTIONS,
    grid=GridTimes(NOON, None),
    delays={"failure": 43_200},
    labels=LabelBasis(NOON, LabelRules(("24h", "7d"), 3600)),
    scoring=Scoring(None),
    alert_share=0.02,
    safety="5afe",
    work="7d1f",
    costs="c057",
    drift="d21f7",
    sensors="5e450",
    rules="2a1e5",
    clocks=4,
    replaced=2,
    created=True,
    identity=("factory_id", "machine_id", "occurred_at", "code"),
    ranks="every version",
    keep={
        "line": Keep(
            "largest", {"pressure": "none"}, withdraw=True, exported="{exported_at:%Y}.csv", zone="Europe/Rome"
        )
    },
    missing={"a.csv": MissingRows(2, ("M1 S1 pressure 2026-03-01T00:00:00Z",), "it is cut")},
    counters={"energy": CounterRule(4294967296.0, 0.5, "unknown"), "mass": CounterRule()},
    vibration="VibrationRules(speed_metric='', speed_valid_s=60)",
)
AUDIT = {"verdict": "PASS", "suite": "5d0c", "code": "c430"}
MASTER = {"silver.machine_events": 4, "silver.machines": None}
RULES = {"horizons": ["24h"], "repair_s": 3600}
OLD: dict[str, tuple[dict[str, Any], CommitMetadata]] = {
    "bronze.files": (
        {"batch": 1, "state": "admitted", "plant": "small", "terms": {
            "metrics": {"pressure": ["bar", 0.001]}, "bucket_s": 60, "default_zone": "Europe/Berlin",
            "zones": {"F1": "Asia/Tokyo"}}},
        CommitMetadata(batch=1, state="admitted", plant="small", conventions=CONVENTIONS),
    ),
    "silver.readings": (
        {**AUDIT, "batch": 2, "rows": 3, "accepted": 2, "duplicate": 0, "quarantined": {"clock_suspect": 1},
         "dates": ["2026-03-01"], "unknown": {}, "models": {}, "limits": {"pressure": [{"low": 0.5}]}, "clock": "run"},
        CommitMetadata(
            audit=Audit("PASS", "5d0c", "c430"), batch=2, rows=3, counts=RecordCounts(2, 0, {"clock_suspect": 1}),
            dates=(date(2026, 3, 1),), unknown={}, limits=Limits({}, {"pressure": ({"low": 0.5},)}), clock="run",
        ),
    ),
    "silver.readings, validated again": (
        {"corrections": {"2": {"accepted": 1, "duplicate": 0, "quarantined": {"clock_suspect": -1}}}, "dates": []},
        CommitMetadata(corrections={2: RecordCounts(1, 0, {"clock_suspect": -1})}, dates=()),
    ),
    "silver.buckets": ({"readings_version": 5}, CommitMetadata(built_from={"silver.readings": 5})),
    "silver.machines": (
        {"batches": {"machines": 1}, "clock": "file", "since": "2026-03-01"},
        CommitMetadata(batches={"machines": 1}, clock="file", since=date(2026, 3, 1)),
    ),
    "gold.machine_daily": ({"buckets_version": 6}, CommitMetadata(built_from={"silver.buckets": 6})),
    "gold.factory_daily": ({"machine_daily_version": 2}, CommitMetadata(built_from={"gold.machine_daily": 2})),
    "gold.machine_features": (
        {"buckets_version": 6, "master_versions": MASTER, "closed_until": NOON.isoformat(), "newest_grid_time": None},
        CommitMetadata(built_from={"silver.buckets": 6, "silver.machine_events": 4}, grid=GridTimes(NOON, None)),
    ),
    "gold.failure_labels": (
        {"features_version": 3,
         "sources": {"master_versions": MASTER, "records_end": NOON.isoformat(), "rules": RULES}},
        CommitMetadata(
            built_from={"gold.machine_features": 3, "silver.machine_events": 4},
            labels=LabelBasis(NOON, LabelRules(("24h",), 3600)),
        ),
    ),
    "gold.failure_labels, before its rules were recorded": (
        {"sources": {"silver.machine_events": 4, "records_end": NOON.isoformat()}}, CommitMetadata(),
    ),
    "gold.predictions": (
        {"scored": {"bundle": None, "features": 3, "edge": None}},
        CommitMetadata(built_from={"gold.machine_features": 3}, scoring=Scoring(None)),
    ),
    "gold.data_quality": (
        {"verdict": "PASS", "readings_version": 8},
        CommitMetadata(audit=Audit("PASS"), built_from={"silver.readings": 8}),
    ),
    "a first commit": ({"created": True}, CommitMetadata(created=True)),
}  # fmt: skip


def test_what_is_written_is_read_again_in_every_field() -> None:
    assert not [
        part.name for part in fields(WHOLE) if getattr(WHOLE, part.name) == getattr(CommitMetadata(), part.name)
    ]
    assert from_text(to_text(WHOLE), "here") == WHOLE


def test_what_a_commit_does_not_say_is_not_in_its_json() -> None:
    assert json.loads(to_text(CommitMetadata(batch=3, dates=()))) == {"batch": 3, "dates": []}


@pytest.mark.parametrize(("old", "expected"), OLD.values(), ids=OLD)
def test_keys_of_older_versions_are_read(old: dict[str, Any], expected: CommitMetadata) -> None:
    assert from_text(json.dumps(old), "here") == expected
    assert from_text(to_text(expected), "here") == expected


def test_keys_of_newer_code_are_passed_over() -> None:
    newer = json.loads(to_text(WHOLE)) | {"weather": {"wind": 3}}
    newer["audit"]["reviewer"] = "x"

    assert from_text(json.dumps(newer), "here") == WHOLE


@pytest.mark.parametrize("text", [None, "", "by hand", "[1]", "7"], ids=str)
def test_what_other_software_wrote_says_nothing(text: str | None) -> None:
    assert from_text(text, "here") == CommitMetadata()


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"batch": "3"}, "metadata.batch: got '3'; legal is int"),
        ({"batch": True}, "metadata.batch: got True; legal is int"),
        ({"built_from": {"silver.readings": "7"}}, "metadata.built_from['silver.readings']: got '7'; legal is int"),
        ({"dates": ["1.3.2026"]}, "metadata.dates[0]: got '1.3.2026'; legal is an ISO 8601 date"),
        ({"corrections": {"two": {}}}, "metadata.corrections: got the key 'two'; legal are whole numbers"),
        ({"audit": {"suite": "5d0c"}}, "metadata.audit: verdict is missing"),
        ({"readings_version": "7"}, "metadata.built_from['silver.readings']: got '7'; legal is int"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_a_value_of_another_type_is_refused_with_its_place(
    document: dict[str, Any], fault: str, tmp_path: Path
) -> None:
    lake = Lake(tmp_path)
    record_metadata(lake, TABLE, CommitMetadata(batch=1))
    log = Path(lake.path(TABLE)) / "_delta_log" / f"{1:020}.json"
    text = log.read_text(encoding="utf-8")
    log.write_text(text.replace('{\\"batch\\": 1}', json.dumps(json.dumps(document))[1:-1]), encoding="utf-8")

    with pytest.raises(CommitMetadataError) as refused:
        lake.commits(TABLE)

    assert fault in str(refused.value)
    assert str(log) in str(refused.value)


def test_the_newest_commit_that_says_it_is_asked(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for metadata in (CommitMetadata(batch=1), CommitMetadata(batch=0, clock="run"), CommitMetadata(clock="file")):
        record_metadata(lake, TABLE, metadata)

    assert lake.last(TABLE, lambda metadata: metadata.batch) == 0
    assert lake.last(TABLE, lambda metadata: metadata.clock) == "file"
    assert lake.last(TABLE, lambda metadata: metadata.plant) is None
    assert replace(lake.commits(TABLE)[0].metadata) == CommitMetadata(created=True)
