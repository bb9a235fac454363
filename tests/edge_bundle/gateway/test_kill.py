"""Killed at any step and started again, a gateway neither loses nor doubles a record."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.edge_bundle.gateway.plant_files import Record, reading_records, settled, uplink_records, write_readings
from tests.edge_bundle.gateway.plants import small_bundle_bytes
from tests.support.edge_models import TRUSTED
from tests.support.waiting import PATIENCE_S

NEVER = 10**9
SCRIPT = Path(__file__).with_name("killed_run.py")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "small.bundle").write_bytes(small_bundle_bytes())
    return folder / "small.bundle", write_readings(folder / "readings.jsonl", reading_records(minutes=15))


def start(inputs: tuple[Path, Path], folder: Path, deadly: int) -> subprocess.CompletedProcess[str]:
    bundle, readings = inputs
    arguments = [str(deadly), str(bundle), TRUSTED.hex(), str(folder), str(readings)]
    command = [sys.executable, "-S", "-I", str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def whole(inputs: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[int, list[Record]]:
    """Steps and records of a run that nobody disturbs."""
    folder = tmp_path_factory.mktemp("whole")
    done = start(inputs, folder, NEVER)
    assert done.returncode == 0, done.stderr
    return NEVER - int(done.stdout), settled(uplink_records(folder / "uplink"))


def check_same(folder: Path, whole: tuple[int, list[Record]]) -> None:
    found = settled(uplink_records(folder / "uplink"))
    assert [record["sequence"] for record in found] == list(range(1, len(whole[1]) + 1))
    assert found == whole[1]


@pytest.mark.parametrize("part", range(16))
def test_one_kill_anywhere_leaves_no_trace(
    inputs: tuple[Path, Path], whole: tuple[int, list[Record]], tmp_path: Path, part: int
) -> None:
    deadly = 1 + part * (whole[0] - 1) // 15

    killed = start(inputs, tmp_path, deadly)
    again = start(inputs, tmp_path, NEVER)

    assert (killed.returncode, again.returncode) == (-signal.SIGKILL, 0), again.stderr
    check_same(tmp_path, whole)


def test_a_kill_at_each_step_around_the_last_sends_leaves_no_trace(
    inputs: tuple[Path, Path], whole: tuple[int, list[Record]], tmp_path: Path
) -> None:
    """The last steps are commits, fsyncs, renames and acknowledgements only: every order of losing one."""
    for back in range(1, 40, 3):
        folder = tmp_path / str(back)

        assert start(inputs, folder, whole[0] - back).returncode == -signal.SIGKILL
        assert start(inputs, folder, NEVER).returncode == 0

        check_same(folder, whole)


def test_a_gateway_that_dies_again_and_again_still_comes_to_the_end(
    inputs: tuple[Path, Path], whole: tuple[int, list[Record]], tmp_path: Path
) -> None:
    runs = 1
    while start(inputs, tmp_path, 130 + 7 * runs).returncode != 0:
        runs += 1
        assert runs < 60

    assert runs > 3
    check_same(tmp_path, whole)
