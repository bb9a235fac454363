"""A lake that older code wrote by a machine's name alone is rebuilt from bronze once, by one command."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobs.diagnosis.finding import Level
from jobs.diagnosis.plant import keys
from jobs.ingest.job import ingest_new
from jobs.ingest.new_files import Admission
from jobs.quality.job import check_all
from jobs.rebuild.job import rebuild_layers
from jobs.silver.key_form import REBUILDING
from lakehouse.errors import UsageError
from tests.support.old_code import REPO, OldCode
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import LINES_BY_FACTORY, line, lines, write_small_plant

pytestmark = pytest.mark.spark
OLD = "d0bdd85"  # the last commit whose keys have no factory
DAY = "2026-03-01T00:00:00Z"
FAILURES = """feed = "failures"
files = ["failures/*"]
[time]
column = "at"
kind = "zoned"
[columns]
machine_id = "machine"
factory_id = "factory"
code = "code"
"""
FULL_SIZE = pytest.mark.skipif("FULL_SUITE" not in os.environ, reason="every line: set FULL_SUITE; some always")
SOME, EVERY = (12, 30, 47), range(1, 61)


def _write(root: Path, *, merged: bool) -> Plane:
    """Two factories with a machine of one name, a sensor on two machines, a name with a blank; or nothing of it."""
    plane = Plane(root, "none", str(write_small_plant(root, lines=LINES_BY_FACTORY, failures=FAILURES)))
    other = "M1" if merged else "M3"
    came = AS_OF.timestamp() - 86_400
    plane.land("lines/a.jsonl", lines(DAY, 60, factory="A"), modified=came)
    plane.land("lines/b.jsonl", lines(DAY, 60, factory="B", machine=other, sensor="S2"), modified=came)
    shared = "S1" if merged else "S4"
    plane.land("lines/c.jsonl", lines(DAY, 30, minutes=9, factory="A", machine="M2", sensor=shared), modified=came)
    blank = "M4 " if merged else "M4"
    plane.land("lines/d.jsonl", lines(DAY, 10, factory="A", machine=blank, sensor="S5"), modified=came)
    failure = '{"at": "2026-03-01T05:00:00Z", "machine": "M1", "code": "x"}\n'
    plane.land("failures/a.jsonl", failure.replace("}", ', "factory": "A"}'), modified=came)
    return plane


def _places(plane: Plane) -> dict[str, object]:
    return {"lake": plane.lake, "landing": plane.landing, "plant": plane.plant_name, "state": plane.root / "state"}


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> OldCode:
    return OldCode(OLD, tmp_path_factory.mktemp("code"))


@pytest.fixture(scope="module")
def old(code: OldCode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the older code made of it, ingested, refined and built up to gold."""
    plane = _write(tmp_path_factory.mktemp("old"), merged=True)
    for job in ("ingest", "silver", "gold", "quality"):
        code.run(job, "--as-of", AS_OF.isoformat(), engine="local", **_places(plane))
    assert plane.table("silver.readings").num_rows < 160
    return plane.root


@pytest.fixture
def plane(old: Path, tmp_path: Path) -> Plane:
    shutil.copytree(old, tmp_path / "then")
    return Plane(tmp_path / "then", "none", str(tmp_path / "then/small"))


@pytest.fixture(scope="module")
def expected(old: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tables of a new lake of the same files."""
    root = tmp_path_factory.mktemp("new") / "lake of now"
    shutil.copytree(old, root)
    shutil.rmtree(root / "lake")
    plane = Plane(root, "none", str(root / "small"))
    plane.run()
    check_all(plane.settings, AS_OF)
    return _state(plane)


def _state(plane: Plane) -> dict[str, str]:
    """All of silver and gold but the log of checks, whose rows say what was checked when."""
    left = ("gold.freshness", "gold.storage_costs")
    quality = [{k: v for k, v in row.items() if k != "ingested_at"} for row in plane.rows("gold.data_quality")]
    digests = {name: digest for name, digest in plane.digests().items() if name not in (*left, "gold.data_quality")}
    return {**digests, "quality": str(sorted(map(str, quality)))}


def _rebuild(plane: Plane) -> Any:
    return rebuild_layers(plane.settings, AS_OF)


def test_it_refuses_to_mix_keys_and_says_the_command(plane: Plane) -> None:
    before = plane.digests()
    plane.land("lines/e.jsonl", lines("2026-03-02T00:00:00Z", 5, factory="B"))

    assert ingest_new(plane.settings, Admission(AS_OF)).data["files"] == {"read": 1}
    with pytest.raises(UsageError, match=r"names have blanks.*'M4 ' first; run `assay rebuild` once"):
        plane.silver()
    assert before.items() <= plane.digests().items()
    shutil.rmtree(plane.lake / "gold/machine_daily")  # so that gold has something to do
    with pytest.raises(UsageError, match="assay rebuild"):
        plane.gold()
    (finding,) = keys(plane.settings)
    assert (finding.level, "assay rebuild" in finding.remedy) == (Level.FAIL, True)


def test_rebuilt_it_equals_a_new_lake_and_every_reading_is_counted(plane: Plane, expected: dict[str, str]) -> None:
    bronze = plane.digests(["bronze"])

    report = _rebuild(plane)

    assert _state(plane) == expected
    assert report.data["readings"] == {"bronze": 160, "accepted": 160, "duplicate": 0, "quarantined": 0}
    assert report.changed
    assert {(row["factory_id"], row["machine_id"]) for row in plane.rows("silver.buckets")} == {
        ("A", "M1"), ("B", "M1"), ("A", "M2"), ("A", "M4"),
    }  # fmt: skip
    assert list(keys(plane.settings)) == []
    assert not _rebuild(plane).changed
    assert not ingest_new(plane.settings, Admission(AS_OF)).changed
    assert bronze.items() <= plane.digests(["bronze"]).items()


def test_the_rebuilt_lake_goes_on(plane: Plane) -> None:
    _rebuild(plane)
    plane.land("lines/e.jsonl", lines("2026-03-02T00:00:00Z", 5, factory="B"))
    plane.land("lines/a.jsonl", lines(DAY, 60, factory="A") + lines("2026-03-01T10:00:00Z", 5, factory="A"))

    plane.run()

    assert plane.table("silver.readings").num_rows == 170
    assert plane.rows("silver.readings_quarantine") == []


def _killed(plane: Plane, *words: str) -> bool:
    """Run it in a process that is killed; whether it was."""
    environment = os.environ | {f"ASSAY_{name.upper()}": str(value) for name, value in _places(plane).items()}
    command = [sys.executable, "-m", *words, "rebuild", "--as-of", AS_OF.isoformat(), "--engine", "local"]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("number", [*SOME, *(pytest.param(n, marks=FULL_SIZE) for n in EVERY if n not in SOME)])
def test_killed_at_any_line_it_ends_the_same(plane: Plane, expected: dict[str, str], number: int) -> None:
    was_killed = _killed(plane, "tests.support.killed_at_line", "jobs/rebuild/job.py", str(number))
    if (plane.lake / REBUILDING).exists():
        with pytest.raises(UsageError, match="interrupted"):
            plane.silver()

    _rebuild(plane)

    assert was_killed or number > max(SOME)
    assert _state(plane) == expected


@pytest.mark.parametrize("number", [5, *(pytest.param(n, marks=FULL_SIZE) for n in range(1, 15) if n != 5)])
def test_killed_at_any_commit_it_ends_the_same(plane: Plane, expected: dict[str, str], number: int) -> None:
    _killed(plane, "tests.support.killed_job", "job", "after", str(number))

    _rebuild(plane)

    assert _state(plane) == expected


def test_half_of_a_table_removed_is_removed_by_the_next_call(plane: Plane, expected: dict[str, str]) -> None:
    plane.plant.lake.storage.put(REBUILDING, b"")
    log = plane.lake / "silver/readings/_delta_log"
    sorted(log.glob("*.json"))[0].unlink()
    shutil.rmtree(plane.lake / "silver/buckets/_delta_log")

    _rebuild(plane)

    assert _state(plane) == expected


def test_an_older_lake_without_such_names_goes_on_by_itself(code: OldCode, tmp_path: Path) -> None:
    plane = _write(tmp_path, merged=False)
    for job in ("ingest", "silver", "gold"):
        code.run(job, "--as-of", AS_OF.isoformat(), engine="local", **_places(plane))
    before = plane.rows("silver.readings")
    plane.land("lines/e.jsonl", line("2026-03-02T00:00:00Z", factory="B"), modified=AS_OF.timestamp())

    assert list(keys(plane.settings)) == []
    plane.run()

    assert len(plane.rows("silver.readings")) == len(before) + 1
    assert _rebuild(plane).data["why"] is None
    assert {(row["factory_id"], row["machine_id"]) for row in plane.rows("silver.buckets")} >= {
        ("A", "M1"), ("B", "M1"),
    }  # fmt: skip
