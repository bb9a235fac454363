"""A lake on a file system that is mounted read-only: jobs name it and leave no trace, and what only reads answers."""

import shlex
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.cli import main
from jobs.runtime.exits import ExitCode
from jobs.status.conditions import conditions
from tests.support.plane import Plane
from tests.support.small_plant import lines, write_small_plant

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
JOBS = ("ingest", "silver", "gold", "quality", "score", "drift", "upkeep", "pipeline")
QUESTIONS = (
    "sql 'SELECT count(*) FROM silver.readings'", "ask worst_machines", "quarantine list", "quarantine show",
    "quarantine clocks", "quarantine repairs", "models list", "alerts list", "lineage silver.readings", "verify",
)  # fmt: skip


@pytest.fixture
def plane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plane]:
    """A lake with a batch, and a file that waits."""
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)), AT)
    plane.land("lines/1.jsonl", lines("2026-03-01T00:00:00Z", 12))
    plane.run()
    plane.land("lines/2.jsonl", lines("2026-03-01T02:00:00Z", 12))
    own = {"LAKE": plane.lake, "LANDING": plane.landing, "PLANT": plane.plant_name, "STATE": tmp_path / "state"}
    for name, value in {**own, "ENGINE": "local", "KEYS": tmp_path / "keys"}.items():
        monkeypatch.setenv(f"ASSAY_{name}", str(value))
    yield plane
    subprocess.run(["umount", "-l", str(plane.lake)], check=False, capture_output=True)


def _mount_read_only(folder: Path) -> None:
    bound = subprocess.run(["mount", "--bind", str(folder), str(folder)], check=False, capture_output=True)
    if bound.returncode != 0:
        pytest.skip("mounting is not permitted here")
    subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
    with pytest.raises(OSError, match="Read-only"):
        (folder / "tried").touch()


def test_jobs_name_it_questions_are_answered_and_the_next_run_goes_on(
    plane: Plane, capsys: pytest.CaptureFixture[str]
) -> None:
    before = plane.snapshot()
    _mount_read_only(plane.lake)

    for job in JOBS:
        assert main([job, "--as-of", AT.isoformat()]) == ExitCode.USAGE, job
        assert f"lake {plane.lake}: Read-only file system" in capsys.readouterr().err
    for question in QUESTIONS:
        assert main(shlex.split(question)) == ExitCode.DONE, question
    found = {one.key: one.detail for one in conditions(plane.settings, AT)}
    assert "mount it for writing again" in found["disk_read_only/lake"]
    assert main(["doctor"]) != ExitCode.DONE
    assert f"{plane.lake} is on a read-only file system; look into the system's log" in capsys.readouterr().out

    subprocess.run(["umount", "-l", str(plane.lake)], check=True)
    assert plane.snapshot() == before
    plane.run()
    assert plane.table("silver.readings").num_rows == 24
