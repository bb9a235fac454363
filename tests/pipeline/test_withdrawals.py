"""Readings that a later version of their path no longer has: withdrawn, or reported, in any order of arrival."""

import os
import signal
import subprocess
import sys
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest

from jobs.quality.job import check
from jobs.quality.recipes import data_quality_rows
from lakehouse.engine.server import EngineAddress
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import HEADER, WITHDRAW, row, write_small_plant

pytestmark = pytest.mark.spark
REPO = Path(__file__).resolve().parents[2]
PATH = "table/1.csv"
LANDED = 1_774_000_000.0
ROLLING = {"table": WITHDRAW["table"].replace("withdraw", "rolling")}


def content(*values: tuple[int, float]) -> str:
    """Readings at hours of a day."""
    return f"{HEADER}\n" + "".join(row(f"2026-03-01T{hour:02}:00:00Z", value) for hour, value in values)


FIRST = content((1, 10.0), (2, 20.0), (3, 30.0), (4, 40.0))
CORRECTED = content((1, 10.0), (3, 31.0), (4, 40.0))  # 2 is gone, 3 is another
CUT = content((1, 10.0), (2, 21.0)).rstrip("\n")
REJECTED = content((1, 10.0)) + "garbage\n"
SHORT = content((1, 10.0), (3, 31.0))  # 4 is gone too


def plane_at(root: Path, engine: EngineAddress, **mappings: str) -> Plane:
    return Plane(root, engine.remote, str(write_small_plant(root, **mappings)))


def deliver(plane: Plane, text: str, at: int, path: str = PATH) -> None:
    """A version of the path, modified at that second, through ingest and silver."""
    plane.land(path, text, modified=LANDED + at)
    plane.ingest()
    plane.silver()


def readings(plane: Plane) -> dict[int, float]:
    """By hour the value that is stored."""
    return {found["measured_at"].hour: found["value"] for found in plane.rows("silver.readings")}


def is_accounted_for(plane: Plane) -> bool:
    """Every reading of bronze is a reading of silver, in quarantine, or repeats one; quality counts the same."""
    quality = [found for found in data_quality_rows(plane.plant) if found["feed"] == "readings"]
    sums = {name: sum(found[name] for found in quality) for name in ("records", "accepted", "duplicate", "quarantined")}
    stored, aside = plane.table("silver.readings").num_rows, plane.table("silver.readings_quarantine").num_rows
    rest = sum(found["rejected"] + found["blank"] for found in quality)
    ledger = sum(found["duplicate"] for found in plane.rows("bronze.files"))
    repeats = plane.table("bronze.readings").num_rows - stored - aside
    return (sums["accepted"], sums["quarantined"], sums["duplicate"] - ledger, sums["records"]) == (
        stored, aside, repeats, stored + aside + sums["duplicate"] + rest,
    )  # fmt: skip


def test_in_every_order_of_arrival_silver_ends_the_same(engine: EngineAddress, tmp_path: Path) -> None:
    versions = {1: FIRST, 2: CORRECTED, 3: REJECTED}
    found = set()
    for number, order in enumerate(permutations(versions)):
        plane = plane_at(tmp_path / str(number), engine, **WITHDRAW)
        for at in order:
            deliver(plane, versions[at], at)
        assert readings(plane) == {1: 10.0, 3: 31.0, 4: 40.0}
        assert plane.quarantined() == Counter(withdrawn=1, superseded=1)
        assert is_accounted_for(plane)
        found.add(tuple(plane.digests(("silver",)).items()))
    assert len(found) == 1


def test_the_quarantine_names_the_version_that_withdrew(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine, **WITHDRAW)
    deliver(plane, FIRST, 1)
    deliver(plane, CORRECTED, 2)
    corrected = plane.ledger()[PATH]["_file_id"]
    deliver(plane, SHORT, 3)

    aside = {found["measured_at"].hour: found for found in plane.rows("silver.readings_quarantine")}

    assert readings(plane) == {1: 10.0, 3: 31.0}
    assert {hour: found["_faults"][0] for hour, found in aside.items()} == {
        2: "withdrawn", 3: "superseded", 4: "withdrawn",
    }  # fmt: skip
    assert aside[2]["replaced_by"] == corrected
    assert aside[4]["replaced_by"] == plane.ledger()[PATH]["_file_id"]
    assert aside[3]["replaced_by"] is None
    assert [found["reading_count"] for found in plane.rows("silver.buckets")] == [1, 1]
    assert is_accounted_for(plane)


def test_a_version_that_has_the_row_again_restores_it(engine: EngineAddress, tmp_path: Path) -> None:
    """The first content comes back: A, B, A; then one that is a little longer than the second."""
    plane = plane_at(tmp_path, engine, **WITHDRAW)
    deliver(plane, FIRST, 1)
    deliver(plane, CORRECTED, 2)
    deliver(plane, FIRST, 3)

    assert readings(plane) == {1: 10.0, 2: 20.0, 3: 30.0, 4: 40.0}
    assert plane.quarantined() == Counter(superseded=1)
    assert is_accounted_for(plane)

    deliver(plane, CORRECTED + row("2026-03-01T02:00:00Z", 22.0), 4)
    assert readings(plane) == {1: 10.0, 2: 22.0, 3: 31.0, 4: 40.0}
    assert is_accounted_for(plane)


@pytest.mark.parametrize("broken", [CUT, REJECTED, f"{HEADER}\n"], ids=["cut", "rejected", "empty"])
def test_a_version_that_is_not_whole_withdraws_nothing_and_says_why(
    engine: EngineAddress, tmp_path: Path, broken: str
) -> None:
    plane = plane_at(tmp_path, engine, **WITHDRAW)
    deliver(plane, FIRST, 1)

    plane.land(PATH, broken, modified=LANDED + 2)
    plane.ingest()
    report = plane.silver()

    assert readings(plane).keys() == {1, 2, 3, 4}
    why = {CUT: "it ends in the midst of a line", REJECTED: "1 of its records were rejected"}
    assert any(why.get(broken, "it has no readings") in said for said in report.lines)
    deliver(plane, FIRST, 3)
    assert readings(plane) == {1: 10.0, 2: 20.0, 3: 30.0, 4: 40.0}


def test_a_row_that_another_file_has_too_stays(engine: EngineAddress, tmp_path: Path) -> None:
    """Another path has the same bytes, and one has the row by itself: what one path withdraws, the others still say."""
    plane = plane_at(tmp_path, engine, **WITHDRAW)
    deliver(plane, FIRST, 1)
    deliver(plane, FIRST, 1, "table/copy.csv")
    deliver(plane, CORRECTED, 2)
    assert readings(plane).keys() == {1, 2, 3, 4}

    deliver(plane, content((2, 20.0)), 3, "table/other.csv")
    deliver(plane, CORRECTED, 4, "table/copy.csv")

    assert readings(plane) == {1: 10.0, 2: 20.0, 3: 31.0, 4: 40.0}
    assert plane.quarantined() == Counter(withdrawn=1, superseded=1)
    assert is_accounted_for(plane)


def test_without_the_key_what_is_missing_is_reported_and_stays(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine)
    deliver(plane, FIRST, 1)
    plane.land(PATH, SHORT, modified=LANDED + 2)
    plane.ingest()

    report = plane.silver()

    said = (
        f"WARNING the latest version of {PATH} lacks 2 readings of earlier versions, such as M1 S1 temperature "
        "2026-03-01T02:00:00Z; they stay; withdraw = true in its mapping takes them away, rolling = true says that it "
        "never has all"
    )
    assert f"silver: {said}" in report.lines
    assert readings(plane) == {1: 10.0, 2: 20.0, 3: 31.0, 4: 40.0}
    quality = check(plane.plant, AS_OF)
    assert f"quality: {said}" in quality.lines
    assert quality.data["missing"][PATH]["rows"] == 2

    deliver(plane, FIRST + row("2026-03-01T05:00:00Z", 50.0), 3)
    assert check(plane.plant, AS_OF).data["missing"] == {}


def test_a_rolling_file_is_not_reported(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine, **ROLLING)
    for at, hours in enumerate(((1, 2), (2, 3), (3, 4))):
        plane.land(PATH, content(*((hour, 10.0 * hour) for hour in hours)), modified=LANDED + at)
        plane.ingest()
        assert not [said for said in plane.silver().lines if "WARNING" in said]

    assert readings(plane) == {1: 10.0, 2: 20.0, 3: 30.0, 4: 40.0}
    assert check(plane.plant, AS_OF).data["missing"] == {}


def test_a_mapping_that_says_it_later_withdraws_and_one_that_no_longer_does_restores(
    engine: EngineAddress, tmp_path: Path
) -> None:
    """Files that grew, read in parts before the mapping said so, count by all of their parts."""
    plane = plane_at(tmp_path, engine)
    deliver(plane, FIRST, 1)
    deliver(plane, FIRST + row("2026-03-01T05:00:00Z", 50.0), 2)
    deliver(plane, SHORT, 3)
    deliver(plane, SHORT + row("2026-03-01T06:00:00Z", 60.0), 4)
    before = plane.digests(("silver",))
    assert readings(plane).keys() == {1, 2, 3, 4, 5, 6}

    write_small_plant(tmp_path, **WITHDRAW)
    plane.silver()
    assert readings(plane) == {1: 10.0, 3: 31.0, 6: 60.0}
    assert plane.quarantined() == Counter(withdrawn=3, superseded=1)
    assert is_accounted_for(plane)

    write_small_plant(tmp_path)
    plane.silver()
    assert plane.digests(("silver",)) == before
    assert is_accounted_for(plane)


def killed(plane: Plane, engine: str, when: str, number: int, *words: str) -> int:
    """A command in a process of its own, killed at one of its commits; its exit code."""
    settings = {"LAKE": plane.lake, "LANDING": plane.landing, "PLANT": plane.plant_name,
                "STATE": plane.root / "state", "ENGINE": engine, "CORES": "2"}  # fmt: skip
    environment = os.environ | {f"ASSAY_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "tests.support.killed_job", "job", when, str(number), *words]
    return subprocess.run(command, cwd=REPO, env=environment, capture_output=True, check=False).returncode


def test_a_batch_that_withdraws_is_killed_at_its_commits_and_ends_the_same(
    engine: EngineAddress, tmp_path: Path
) -> None:
    """Between the commit of quarantine and that of readings, and on the way into each."""
    plane, other = (plane_at(tmp_path / name, engine, **WITHDRAW) for name in ("killed", "unkilled"))
    for one in (plane, other):
        deliver(one, FIRST, 1)
        one.land(PATH, SHORT, modified=LANDED + 2)
        one.ingest()
    other.silver()

    codes = [killed(plane, engine.remote, when, 1, "silver") for when in ("before", "during", "after")]
    plane.silver()

    assert codes == [-signal.SIGKILL] * 3
    assert plane.quarantined() == Counter(withdrawn=2, superseded=1)
    assert plane.digests(("silver",)) == other.digests(("silver",))
    assert is_accounted_for(plane)
