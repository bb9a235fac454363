"""A run that comes late reads good data as good data, whatever clock it was given and however often it was killed."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs import cli
from jobs.ingest.job import ingest_new
from jobs.ingest.new_files import Admission
from jobs.quality.accounting import totals
from jobs.quality.recipes import data_quality_rows
from jobs.runtime.report import RunReport
from jobs.silver.job import refine_new
from tests.support.plane import Plane
from tests.support.small_plant import line, lines, write_small_plant

REPO = Path(__file__).resolve().parents[2]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = datetime(2026, 3, 1, 17, 7, tzinfo=UTC)
UNPAUSED = datetime(2026, 3, 1, 17, 37, tzinfo=UTC)
CLASSES = ("accepted", "duplicate", "quarantined", "rejected", "blank")


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    """A plant without an engine: such small batches need none."""
    return Plane(tmp_path, "none", str(write_small_plant(tmp_path)))


def _land(plane: Plane, until: datetime, name: str = "lines/1.jsonl", minutes: int = 60, sensor: str = "S1") -> Path:
    """A reading a minute up to a time, in a file that was last changed at it."""
    start = (until - minutes * MINUTE).isoformat()
    return plane.land(name, lines(start, minutes + 1, minutes=1, sensor=sensor), modified=until.timestamp())


def _ingest(
    plane: Plane, wall: datetime, as_of: datetime | None = None, files_until: datetime | None = None
) -> RunReport:
    return ingest_new(plane.settings, Admission(as_of, files_until, lambda: wall))


def _silver(plane: Plane, wall: datetime = UNPAUSED) -> RunReport:
    return refine_new(plane.settings, lambda: wall)


def _accounted(plane: Plane) -> dict[str, int]:
    found = totals(data_quality_rows(plane.plant))["readings"]
    assert found["records"] == sum(found[name] for name in CLASSES)
    return found


@pytest.mark.parametrize("as_of", [DUE, None], ids=["with the clock of the run", "without a clock"])
def test_a_run_that_was_due_at_17_07_and_comes_at_17_37_sets_nothing_aside(
    plane: Plane, as_of: datetime | None
) -> None:
    _land(plane, UNPAUSED)

    _ingest(plane, UNPAUSED, as_of)
    _silver(plane)

    assert plane.quarantined() == Counter()
    assert _accounted(plane)["accepted"] == 61


@pytest.mark.parametrize("as_of", [datetime(2026, 1, 1, tzinfo=UTC), None], ids=["with its clock", "without a clock"])
def test_a_backfill_of_an_old_interval_sets_nothing_aside(plane: Plane, as_of: datetime | None) -> None:
    _land(plane, UNPAUSED)

    _ingest(plane, UNPAUSED + 30 * DAY, as_of)
    _silver(plane)

    assert plane.quarantined() == Counter()
    assert _accounted(plane)["accepted"] == 61


@pytest.mark.parametrize("as_of", [DUE, None], ids=["with the clock of the run", "without a clock"])
def test_clearing_a_failed_ingest_the_next_morning_sets_nothing_aside(plane: Plane, as_of: datetime | None) -> None:
    morning = DUE + 15 * HOUR
    for hour in range(15):
        _land(plane, DUE + hour * HOUR, f"lines/{hour}.jsonl", sensor=f"S{hour}")

    _ingest(plane, morning, as_of)
    _silver(plane, morning)

    assert plane.quarantined() == Counter()
    assert _accounted(plane)["accepted"] == 15 * 61


def test_what_lies_beyond_the_lead_is_still_set_aside(plane: Plane) -> None:
    ahead = [UNPAUSED + 10 * MINUTE, UNPAUSED + 10 * MINUTE + timedelta(seconds=1)]
    plane.land("lines/1.jsonl", "".join(line(at.isoformat()) for at in ahead), modified=UNPAUSED.timestamp())

    _ingest(plane, UNPAUSED)
    _silver(plane)

    assert plane.quarantined() == {"clock_suspect": 1}
    assert [row["measured_at"] for row in plane.rows("silver.readings")] == ahead[:1]


@pytest.mark.parametrize("as_of", [DUE, UNPAUSED + DAY, None])
@pytest.mark.parametrize("modified", [UNPAUSED + DAY, UNPAUSED + 9000 * DAY], ids=["tomorrow", "2050"])
def test_neither_a_file_time_nor_a_clock_by_hand_reaches_beyond_the_wall_clock(
    plane: Plane, as_of: datetime | None, modified: datetime
) -> None:
    content = line(UNPAUSED.isoformat()) + line((UNPAUSED + 11 * MINUTE).isoformat())
    plane.land("lines/1.jsonl", content, modified=modified.timestamp())

    _ingest(plane, UNPAUSED, as_of)
    _silver(plane)

    assert plane.quarantined() == {"clock_suspect": 1}
    assert _accounted(plane)["accepted"] == 1


def test_a_clock_by_hand_after_the_file_holds_as_it_always_did(plane: Plane) -> None:
    content = line(UNPAUSED.isoformat()) + line((UNPAUSED + 11 * MINUTE).isoformat())
    plane.land("lines/1.jsonl", content, modified=DUE.timestamp())

    _ingest(plane, UNPAUSED + DAY, as_of=UNPAUSED)
    _silver(plane)

    assert plane.quarantined() == {"clock_suspect": 1}


def test_a_wall_clock_that_is_set_back_changes_nothing_of_what_was_admitted(plane: Plane) -> None:
    _land(plane, UNPAUSED)
    _ingest(plane, UNPAUSED)
    _silver(plane, UNPAUSED - DAY)
    before = plane.digests(("bronze", "silver"))
    _land(plane, UNPAUSED + HOUR, "lines/2.jsonl", sensor="S2")

    _ingest(plane, UNPAUSED - DAY)
    _silver(plane, UNPAUSED - DAY)

    clocks = {row["path"]: row["clock_at"] for row in plane.rows("bronze.files")}
    assert clocks == {"lines/1.jsonl": UNPAUSED, "lines/2.jsonl": UNPAUSED - DAY}
    assert {row["sensor_id"] for row in plane.rows("silver.readings_quarantine")} == {"S2"}
    assert before != plane.digests(("bronze", "silver"))
    assert sum(row["sensor_id"] == "S1" for row in plane.rows("silver.readings")) == 61


def test_a_clock_that_was_never_set_admits_nothing(plane: Plane) -> None:
    _land(plane, UNPAUSED)

    with pytest.raises(Exception, match=r"says 1970-01-01 00:00 UTC, plant small began at .*; set the clock"):
        _ingest(plane, datetime(1970, 1, 1, tzinfo=UTC))

    assert plane.rows("bronze.files") == []


def test_a_file_that_grew_has_a_clock_for_each_part(plane: Plane) -> None:
    first, then = line(DUE.isoformat()), line(UNPAUSED.isoformat())
    plane.land("lines/1.jsonl", first, modified=DUE.timestamp())
    _ingest(plane, DUE, as_of=DUE)
    plane.land("lines/1.jsonl", first + then, modified=UNPAUSED.timestamp())
    plane.land("lines/copy.jsonl", first + then, modified=DUE.timestamp())

    _ingest(plane, UNPAUSED, as_of=DUE)
    _silver(plane)

    assert plane.quarantined() == Counter()
    assert _accounted(plane)["accepted"] == 2


def test_events_and_master_data_are_held_against_the_same_clock(plane: Plane) -> None:
    stated = {"machines/1.jsonl": {"since": 0, "machine": "M1", "model": "COLD"},
              "failures/1.jsonl": {"at": 0, "machine": "M1", "code": "seal"}}  # fmt: skip
    for name, record in stated.items():
        records = [
            {key: at.isoformat() if value == 0 else value for key, value in record.items()}
            for at in (UNPAUSED, UNPAUSED + 11 * MINUTE)
        ]
        plane.land(name, "".join(json.dumps(one) + "\n" for one in records), modified=UNPAUSED.timestamp())

    _ingest(plane, UNPAUSED + HOUR, as_of=DUE)
    _silver(plane)

    aside = [(row["feed"], row["stated_at"]) for row in plane.rows("silver.events_quarantine")]
    assert sorted(aside) == [(feed, UNPAUSED + 11 * MINUTE) for feed in ("failures", "machines")]
    assert [row["valid_from"] for row in plane.rows("silver.machines")] == [UNPAUSED]
    assert [row["occurred_at"] for row in plane.rows("silver.machine_events")] == [UNPAUSED]


def test_files_until_admits_what_was_changed_by_then_and_says_what_waits(plane: Plane) -> None:
    _land(plane, DUE, "lines/1.jsonl")
    _land(plane, DUE + timedelta(seconds=1), "lines/2.jsonl", sensor="S2")
    _land(plane, UNPAUSED, "lines/3.jsonl", sensor="S3")

    first = _ingest(plane, UNPAUSED, files_until=DUE)
    again = _ingest(plane, UNPAUSED, files_until=DUE)
    rest = _ingest(plane, UNPAUSED)

    waiting = {"files": 2, "paths": ["lines/2.jsonl", "lines/3.jsonl"]}
    assert (first.data["files"], first.data["waiting"]["files_until"]) == ({"read": 1}, waiting)
    assert any(text.endswith("UTC: 2 files (lines/2.jsonl, lines/3.jsonl)") for text in first.lines)
    assert (again.changed, again.data["waiting"]["files_until"]) == (False, waiting)
    assert (rest.data["files"], rest.data["waiting"]["files_until"]) == ({"read": 2}, {"files": 0, "paths": []})
    assert first.exit_code == 0


def test_as_of_filters_nothing(plane: Plane) -> None:
    _land(plane, UNPAUSED)

    assert _ingest(plane, UNPAUSED, as_of=DUE - DAY).data["files"] == {"read": 1}


@pytest.mark.parametrize("words", [(), ("--as-of", "2026-03-01T17:07:00Z")], ids=["no clock", "a clock by hand"])
def test_the_command_takes_its_own_clock_only_where_none_is_given(
    plane: Plane, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    plane.land("lines/1.jsonl", line("2026-03-01T17:07:00Z"), modified=DUE.timestamp())
    places = {"lake": plane.lake, "landing": plane.landing, "plant": plane.plant_name, "state": plane.root / "state"}
    before = datetime.now(UTC)

    code = cli.main(["ingest", "--json", *words, *(f"--{name}={value}" for name, value in places.items())])

    (row,) = plane.rows("bronze.files")
    said = json.loads(capsys.readouterr().out)
    assert code == 0
    assert datetime.fromisoformat(said["as_of"]) == DUE if words else datetime.fromisoformat(said["as_of"]) >= before
    assert (
        (row["clock_at"] == row["_ingested_at"] == DUE) if words else (before <= row["clock_at"] <= datetime.now(UTC))
    )


def _killed_ingest(plane: Plane, number: int, *words: str) -> None:
    """Ingest in a process of its own that is killed after one of its commits."""
    settings = {"LAKE": plane.lake, "LANDING": plane.landing, "PLANT": plane.plant_name, "STATE": plane.root / "state"}
    environment = os.environ | {f"ASSAY_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "tests.support.killed_job", "job", "after", str(number), "ingest", *words]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("number", [1, 2], ids=["after its intent", "after its rows"])
@pytest.mark.parametrize("words", [(), ("--as-of", DUE.isoformat())], ids=["no clock", "a clock by hand"])
def test_a_killed_batch_that_is_resumed_later_has_the_clock_of_its_intent(
    plane: Plane, number: int, words: tuple[str, ...]
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    modified, later = before - HOUR, before + 400 * DAY
    clock = modified if words else before
    readings = [clock - MINUTE, clock + 5 * MINUTE, clock + 60 * MINUTE]
    content = "".join(line(at.isoformat(), sensor=f"S{n}") for n, at in enumerate(readings))
    plane.land("lines/1.jsonl", content, modified=modified.timestamp())
    _killed_ingest(plane, number, *words)
    latest = modified if words else datetime.now(UTC)
    (intended,) = plane.rows("bronze.files")
    assert intended["outcome"] == "admitted"
    assert clock <= intended["clock_at"] <= latest

    _ingest(plane, later)
    _silver(plane, later)

    (row,) = plane.rows("bronze.files")
    assert (row["outcome"], row["clock_at"]) == ("read", intended["clock_at"])
    assert [row["sensor_id"] for row in plane.rows("silver.readings_quarantine")] == ["S2"]
