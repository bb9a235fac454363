"""A lake that an older version wrote: what it set aside since a run came late is brought in once, and counted."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Any

import deltalake
import pytest

from expectations.tables.silver import READINGS_TABLE
from jobs.ingest.job import ingest_new
from jobs.ingest.new_files import Admission
from jobs.quality.accounting import totals
from jobs.quality.job import check_all
from jobs.quality.recipes import data_quality_rows
from jobs.runtime.report import RunReport
from jobs.silver.job import refine_new
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.engine.server import EngineAddress
from lakehouse.writing.metadata import record_metadata
from tests.support.old_code import REPO, OldCode
from tests.support.plane import Plane
from tests.support.small_plant import line, lines, write_small_plant

pytestmark = pytest.mark.spark
OLD = "a3c3f9b"  # the last commit whose ledger has no clock of a file
DUE, CAME = datetime(2026, 3, 1, 17, 7, tzinfo=UTC), datetime(2026, 3, 1, 17, 37, tzinfo=UTC)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
SET_ASIDE = 20  # a reading a minute from 17:18 to 17:37
LAYERS = ("bronze", "silver")
CLASSES = ("accepted", "duplicate", "quarantined", "rejected", "blank")
FULL_SIZE = pytest.mark.skipif("FULL_SUITE" not in os.environ, reason="every commit: set FULL_SUITE; some always")
SOME, EVERY = (("after", 1), ("after", 6), ("before", 7)), [(w, n) for w in ("before", "after") for n in range(1, 11)]


@dataclass(frozen=True)
class OldLake:
    """Where the lake lies, and what the older version said of it."""

    root: Path
    aside: int
    events_aside: int


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> OldLake:
    """Readings, a failure and a model up to 17:37; ingested as of 17:07 by the code of then. One file is of 2050."""
    root, code = tmp_path_factory.mktemp("old"), OldCode(OLD, tmp_path_factory.mktemp("code"))
    plane = Plane(root, "none", str(write_small_plant(root)))
    came = CAME.timestamp()
    plane.land("lines/1.jsonl", lines("2026-03-01T16:38:00+00:00", 60, minutes=1), modified=came)
    plane.land("lines/2.jsonl", lines("2026-03-01T16:38:00+00:00", 10, minutes=1), modified=came)
    far = line("2049-01-01T00:00:00Z", sensor="S2") + line("2026-03-01T23:00:00Z", sensor="S2")
    plane.land("lines/3.jsonl", far, modified=datetime(2050, 1, 1, tzinfo=UTC).timestamp())
    plane.land("failures/1.jsonl", f'{{"at":"{CAME.isoformat()}","machine":"M1","code":"seal"}}\n', modified=came)
    plane.land("machines/1.jsonl", f'{{"since":"{CAME.isoformat()}","machine":"M1","model":"COLD"}}\n', modified=came)
    places = {"lake": plane.lake, "landing": plane.landing, "plant": plane.plant_name, "state": root / "state"}
    for job in ("ingest", "silver", "quality"):
        code.run(job, "--as-of", DUE.isoformat(), **places)
    assert "clock_at" not in plane.table("bronze.files").column_names
    return OldLake(root, len(plane.rows("silver.readings_quarantine")), len(plane.rows("silver.events_quarantine")))


@pytest.fixture
def plane(old: OldLake, tmp_path: Path, engine: EngineAddress) -> Plane:
    """A copy of it."""
    shutil.copytree(old.root, tmp_path / "lake of then")
    root = tmp_path / "lake of then"
    return Plane(root, engine.remote, str(root / "small"))


@pytest.fixture(scope="module")
def expected(old: OldLake, tmp_path_factory: pytest.TempPathFactory, engine: EngineAddress) -> dict[str, object]:
    """What stands after one run that nobody kills."""
    root = tmp_path_factory.mktemp("unkilled") / "copy"
    shutil.copytree(old.root, root)
    plane = Plane(root, engine.remote, str(root / "small"))
    _silver(plane)
    return _state(plane)


def _silver(plane: Plane, now: datetime = NOW) -> RunReport:
    return refine_new(plane.settings, lambda: now)


def _accounted(plane: Plane) -> dict[str, int]:
    found = totals(data_quality_rows(plane.plant))["readings"]
    assert found["records"] == sum(found[name] for name in CLASSES)
    assert found["accepted"] == plane.table("silver.readings").num_rows
    assert found["quarantined"] == plane.table("silver.readings_quarantine").num_rows
    return found


def _state(plane: Plane) -> dict[str, object]:
    digests = {name: digest for name, digest in plane.digests(LAYERS).items() if name != "bronze.files"}
    return {**digests, "accounts": _accounted(plane), "events": totals(data_quality_rows(plane.plant))["failures"]}


def test_the_older_version_did_set_the_late_half_hour_aside(old: OldLake) -> None:
    assert (old.aside, old.events_aside) == (SET_ASIDE + 2, 2)


def test_what_was_set_aside_comes_in_once_and_is_counted(plane: Plane) -> None:
    before = _accounted(plane)

    report = _silver(plane)

    counted = {"accepted": SET_ASIDE + 1, "duplicate": 0, "quarantined": {"clock_suspect": -SET_ASIDE - 1}}
    assert report.changed
    assert report.data["again"]["readings"] == counted
    assert report.data["again"]["events_quarantined"] == {"clock_suspect": -2}
    assert plane.quarantined() == {"clock_suspect": 1}
    assert plane.rows("silver.events_quarantine") == []
    after = _accounted(plane)
    assert after == before | {"accepted": before["accepted"] + SET_ASIDE + 1, "quarantined": 1}
    clocks = {row["path"]: row["clock_at"] for row in plane.rows("bronze.files")}
    assert clocks == {path: NOW if path == "lines/3.jsonl" else CAME for path in clocks}


def test_a_second_run_changes_nothing_whatever_the_wall_clock_says(plane: Plane) -> None:
    _silver(plane)
    files = plane.snapshot()

    for now in (NOW, NOW - timedelta(days=100), datetime(2049, 6, 1, tzinfo=UTC)):
        report = _silver(plane, now)
        assert (report.changed, plane.snapshot()) == (False, files)


def test_the_lake_goes_on_with_new_files(plane: Plane) -> None:
    plane.land("lines/4.jsonl", lines("2026-03-01T17:38:00+00:00", 10, minutes=1), modified=CAME.timestamp() + 600)

    assert ingest_new(plane.settings, Admission(now=lambda: NOW)).data["files"] == {"read": 1}
    report = _silver(plane)

    assert report.data["batches"][0]["accepted"] == 10
    assert _accounted(plane)["quarantined"] == 1
    assert plane.ledger()["lines/4.jsonl"]["clock_at"] == NOW


def test_a_batch_whose_commit_has_left_the_log_is_corrected_once_too(plane: Plane) -> None:
    """As after Delta's own clean-up: of the older version's commits one is left, which is of no batch."""
    lake = plane.plant.lake
    batch, limits = (lake.last(READINGS_TABLE, attrgetter(name)) for name in ("batch", "limits"))
    record_metadata(lake, READINGS_TABLE, CommitMetadata(batch=batch, limits=limits, dates=()))
    table = deltalake.DeltaTable(lake.path(READINGS_TABLE))
    table.create_checkpoint()
    for path in (Path(lake.path(READINGS_TABLE)) / "_delta_log").glob("*.json"):
        if int(path.stem) < table.version():
            path.unlink()
    before = _quality(plane)

    _silver(plane)
    after = _quality(plane)

    assert (before["accepted"], before["quarantined"]) == (after["accepted"] - SET_ASIDE - 1, SET_ASIDE + 2)
    assert after["records"] == sum(after[name] for name in CLASSES)
    assert after["accepted"] == plane.table("silver.readings").num_rows
    assert _quality(plane) == after


def _quality(plane: Plane) -> dict[str, Any]:
    """The row of the readings in `gold.data_quality`, after a run of `assay quality`."""
    check_all(plane.settings, DUE)
    (row,) = [row for row in plane.rows("gold.data_quality") if row["feed"] == "readings"]
    return row


def _killed(plane: Plane, when: str, number: int) -> bool:
    """Run silver in a process that is killed at one of its commits; whether it had so many."""
    settings = {"LAKE": plane.lake, "LANDING": plane.landing, "PLANT": plane.plant_name, "STATE": plane.root / "state",
                "ENGINE": plane.engine, "CORES": "2"}  # fmt: skip
    environment = os.environ | {f"ASSAY_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "tests.support.killed_job", "job", when, str(number), "silver"]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


@pytest.mark.parametrize(
    ("when", "number"), [*SOME, *(pytest.param(*one, marks=FULL_SIZE) for one in EVERY if one not in SOME)]
)
def test_killed_at_any_commit_it_ends_the_same(
    plane: Plane, expected: dict[str, object], when: str, number: int
) -> None:
    was_killed = _killed(plane, when, number)

    _silver(plane)

    assert was_killed or number > 5
    assert _state(plane) == expected
    said = [commit.metadata.corrections for commit in plane.plant.lake.commits(READINGS_TABLE)]
    assert len([one for one in said if one]) == 1
    assert not _silver(plane).changed
