"""SIGKILL of each job at its commits where answers, heartbeats, certificates, waveforms and rules are new: the same.

No reading leaves and no batch is large, so that no job needs an engine.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.commands.test_small_feeds import CERTIFICATES, HEADER, HEARTBEATS, MAPPING
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import lines, write_small_plant
from tests.support.waves import CELLS, VIBRATION, waves, window

REPO = Path(__file__).resolve().parents[2]
FULL_SIZE = pytest.mark.skipif("FULL_SUITE" not in os.environ, reason="kills take a minute: set FULL_SUITE")
MODIFIED = 1_774_000_000.0  # the ledger keeps the time of each file
RULE = """
[[rules]]
name = "answered_by_name"
table = "silver.alarm_answers"
severity = "warn"
meaning = "An answer says who gave it"
question = "SELECT * FROM silver.alarm_answers WHERE answered_by IS NULL"
"""
JOBS = ("ingest", "silver", "gold", "quality")
NEW = ("silver.alarm_answers", "silver.gateway_heartbeats", "silver.certificates", "silver.events_quarantine",
       "silver.vibration_windows", "gold.gateway_daily", "gold.rule_checks", "gold.data_quality")  # fmt: skip
MOST, LATE = 60, 3


def _plane(root: Path) -> Plane:
    mappings = {"answers": MAPPING, "heartbeats": HEARTBEATS, "certificates": CERTIFICATES, "waves": CELLS}
    plant = write_small_plant(root, RULE + VIBRATION, **mappings)
    return Plane(root, "none", str(plant))


def _deliver(plane: Plane, day: int) -> None:
    """Each record of the second day is new, again there, impossible, or says something else than before."""
    at = f"2026-03-0{day}T06:00:00Z"
    answers = "".join(
        f"{at},M1,{word},{who},\n" for word, who in (("defect", ""), ("acknowledged", "rossi"), ("?", ""))
    )
    reports = "".join(
        f'{{"ts": "2026-03-0{of}T06:00:00Z", "gw": "G1", "batt": {charge}}}\n'
        for of, charge in ((day, 50 + day), (1, 51), (1, 50 + 2 * day), (day, 300))
    )
    ends = f"G1,,mqtt,,2026-12-1{day}T00:00:00Z\nG1,,mqtt,2026-01-0{day}T00:00:00Z,2026-12-11T00:00:00Z\n,,x,,{at}\n"
    head = "gateway,machine,use,notBefore,notAfter\n"
    gateway = lines(f"2026-03-0{day}T00:00:00+00:00", 30)
    # The first window of the first day comes again, another beside it, and one that is none.
    turning = waves(["2026-03-01T06:00:00Z", at[:-2] + "5Z", at], [window(1), window(day), b"odd"])
    plane.land(f"waves/{day}.parquet", turning, modified=MODIFIED)
    for name, content in (("answers/{}.csv", HEADER + answers), ("gateways/{}.jsonl", reports),
                          ("certificates/{}.csv", head + ends), ("lines/{}.jsonl", gateway)):  # fmt: skip
        plane.land(name.format(day), content, modified=MODIFIED)


def _run(plane: Plane, job: str, *killed: str) -> int:
    module = ["tests.support.killed_job", *killed] if killed else ["jobs.cli"]
    settings = {"LAKE": plane.lake, "LANDING": plane.landing, "PLANT": plane.plant_name, "STATE": plane.root / "state",
                "CORES": "1"}  # fmt: skip
    environment = os.environ | {f"ASSAY_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", *module, job, "--as-of", AS_OF.isoformat()]
    done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
    assert killed or done.returncode in (0, LATE), done.stderr
    return done.returncode


def _kill_on_the_way(plane: Plane, job: str, when: str, stride: int) -> int:
    """How often. What is done is done: each run begins with what is missing; where nothing moved, one commit later."""
    number = stride
    for kills in range(MOST):
        before = {name: plane.version(name) for name in plane.plant.tables}
        if _run(plane, job, "job", when, str(number)) != -signal.SIGKILL:
            return kills
        number = stride if {name: plane.version(name) for name in plane.plant.tables} != before else number + 1
    pytest.fail(f"{job} came to no end with {MOST} kills")


@pytest.mark.parametrize(
    ("when", "stride"),
    [("after", 3), *(pytest.param(when, 1, marks=[FULL_SIZE, pytest.mark.slow]) for when in ("during", "after"))],
)
def test_jobs_killed_at_their_commits_end_in_the_same_tables(tmp_path: Path, when: str, stride: int) -> None:
    whole, killed = _plane(tmp_path / "whole"), _plane(tmp_path / "killed")
    _deliver(whole, 1)
    for job in JOBS:
        _run(whole, job)
    shutil.copytree(whole.lake, killed.lake)
    shutil.copytree(whole.landing, killed.landing)
    for plane in (whole, killed):
        _deliver(plane, 2)

    for job in JOBS:
        _run(whole, job)
    kills = {}
    for job in JOBS:
        if job != "ingest":  # test_kill.py kills it over any feed
            kills[job] = _kill_on_the_way(killed, job, when, stride)
        _run(killed, job)

    layers = ("bronze", "silver", "gold")
    found, expected = killed.digests(layers), whole.digests(layers)
    assert found == expected
    assert set(NEW) <= expected.keys()
    assert min(kills["silver"], kills["gold"]) * stride >= len(NEW), kills
