"""What a killed server left in its folder is removed by the next."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.engine.process import started_at
from lakehouse.engine.scratch import new_scratch


def left_by(home: Path, name: str) -> Path:
    folder = home / "scratch" / name
    (folder / "blockmgr").mkdir(parents=True)
    (folder / "blockmgr" / "spilled").write_bytes(b"rows")
    return folder


@pytest.mark.parametrize("name", ["blockmgr-0c2f", "warehouse", "1-1"])
def test_what_nobody_uses_is_removed(tmp_path: Path, name: str) -> None:
    left = left_by(tmp_path, name)

    own = new_scratch(tmp_path, outlives_us=False)

    assert own.is_dir()
    assert not left.exists()


def test_the_folder_of_a_process_that_runs_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        used = left_by(tmp_path, f"{process.pid}-{started_at(process.pid)}")
        reused_id = left_by(tmp_path, f"{process.pid}-1")

        new_scratch(tmp_path, outlives_us=False)

        assert used.is_dir()
        assert not reused_id.exists()


def test_a_kept_server_is_the_only_one_of_its_home(tmp_path: Path) -> None:
    earlier = left_by(tmp_path, f"{os.getppid()}-{started_at(os.getppid())}")

    new_scratch(tmp_path, outlives_us=True)

    assert not earlier.exists()
