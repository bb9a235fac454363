import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lakehouse.errors import LakeBusyError, UsageError
from lakehouse.lock import holder, is_held, lake_lock, note_path

REPO = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from lakehouse.lock import lake_lock
with lake_lock(Path(sys.argv[1]), "silver"):
    print("held", flush=True)
    sys.stdin.read()
"""
WAIT = """
import sys
from pathlib import Path
from lakehouse.lock import lake_lock
with lake_lock(Path(sys.argv[1]), "gold"):
    print("mine", flush=True)
"""


@pytest.fixture(autouse=True)
def _own_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def started(code: str, lake: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", code, str(lake)], cwd=REPO, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_second_run_waits_and_names_the_holder(tmp_path: Path) -> None:
    first = started(HOLD, tmp_path / "lake")
    assert said(first) == "held"
    second = started(WAIT, tmp_path / "lake")
    assert second.stderr is not None

    line = second.stderr.readline()
    first.communicate()
    out, _ = second.communicate()

    assert f"held by silver (process {first.pid}, since " in line
    assert (first.returncode, second.returncode, out.strip()) == (0, 0, "mine")


def test_who_does_not_wait_is_told_who_holds_the_lake(tmp_path: Path) -> None:
    first = started(HOLD, tmp_path / "lake")
    said(first)

    with pytest.raises(LakeBusyError, match=rf"held by silver \(process {first.pid}"):
        lake_lock(tmp_path / "lake", "gold", wait=False).__enter__()

    first.communicate()


def test_killed_holder_frees_the_lake(tmp_path: Path) -> None:
    first = started(HOLD, tmp_path / "lake")
    said(first)

    first.send_signal(signal.SIGKILL)
    first.communicate()

    assert not is_held(tmp_path / "lake")
    with lake_lock(tmp_path / "lake", "gold", wait=False):
        assert str(holder(tmp_path / "lake")).startswith(f"gold (process {os.getpid()}, since 20")


def test_holding_the_lake_writes_no_file_in_it(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with lake_lock(lake, "silver"):
        pass
    before = {path: path.stat().st_mtime_ns for path in (lake, *lake.rglob("*"))}

    with lake_lock(lake, "silver"):
        during = {path: path.stat().st_mtime_ns for path in (lake, *lake.rglob("*"))}

    assert during == before
    assert [path.name for path in before] == ["lake", ".lock"]


def test_note_goes_when_the_lake_is_free(tmp_path: Path) -> None:
    with lake_lock(tmp_path / "lake", "silver"):
        assert is_held(tmp_path / "lake")

    assert holder(tmp_path / "lake") is None
    assert not note_path(tmp_path / "lake").exists()


def test_lake_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError, match="set lake"), lake_lock(tmp_path / "file" / "lake", "silver"):
        pass
