"""A full disk, Ctrl-C, and two runs at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.runtime.exits import is_disk_full
from lakehouse.engine.server import EngineAddress
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import lines, write_small_plant
from tests.support.waiting import output

pytestmark = pytest.mark.spark
REPO = Path(__file__).resolve().parents[2]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for a tenth of a megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system is not permitted here")
    (disk / "filler").write_bytes(bytes(900_000))
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def _command(plane: Plane, engine: EngineAddress, *words: str) -> subprocess.Popen[str]:
    settings = {"LAKE": plane.lake, "LANDING": plane.landing, "PLANT": plane.plant_name, "STATE": plane.root / "state",
                "ENGINE": engine.remote}  # fmt: skip
    environment = os.environ | {f"ASSAY_{name}": str(value) for name, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-m", *words, "--as-of", AS_OF.isoformat()], cwd=REPO, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_a_full_disk_is_named_and_the_next_run_ends_the_batch(
    engine: EngineAddress, tmp_path: Path, small_disk: Path
) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.lake.symlink_to(small_disk / "lake")
    (small_disk / "lake").mkdir()
    for sensor in range(8):
        plane.land(f"lines/{sensor}.jsonl", lines("2026-03-01T00:00:00+00:00", 9000, minutes=1, sensor=f"S{sensor}"))

    with pytest.raises(Exception) as caught:  # noqa: PT011  # whatever the engine calls it, the sentence is what counts
        plane.ingest()
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    plane.ingest()

    assert is_disk_full(caught.value)
    assert plane.table("bronze.readings").num_rows == 8 * 9000
    assert not (plane.lake / "_staging").exists()


def test_ctrl_c_within_a_commit_ends_with_its_code_and_the_next_run_ends_the_batch(
    engine: EngineAddress, tmp_path: Path
) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", lines("2026-03-01T00:00:00+00:00", 50))

    process = _command(plane, engine, "tests.support.killed_job", "interrupt", "during", "2", "ingest")
    _, told = output(process)
    plane.run()

    assert process.returncode == 130, told
    assert "interrupted; run the same command again" in told
    assert plane.table("silver.readings").num_rows == 50


def test_two_runs_at_once_read_each_record_once(engine: EngineAddress, tmp_path: Path) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", lines("2026-03-01T00:00:00+00:00", 50))

    both = [_command(plane, engine, "jobs.cli", "ingest") for _ in range(2)]
    codes = [(output(process), process.returncode)[1] for process in both]

    assert codes == [0, 0]
    assert plane.table("bronze.readings").num_rows == 50
    assert len(plane.rows("bronze.files")) == 1


def test_sigterm_ends_a_run_with_its_code(engine: EngineAddress, tmp_path: Path) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", lines("2026-03-01T00:00:00+00:00", 50))

    process = _command(plane, engine, "tests.support.killed_job", "terminate", "during", "2", "ingest")
    output(process)
    plane.run()

    assert process.returncode == 128 + signal.SIGTERM
    assert plane.table("silver.readings").num_rows == 50
