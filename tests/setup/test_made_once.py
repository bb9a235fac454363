"""What workers have in common is made by the first of them and read by the others."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.made_once import made_once

REPO = Path(__file__).resolve().parents[2]
TESTS = """
    from pathlib import Path
    import pytest
    from tests.support.made_once import made_once

    def made(folder: Path) -> str:
        with (Path({notes!r}) / "calls").open("a") as calls:
            calls.write("x")
        (folder / "content").write_text("one")
        return str(folder)

    @pytest.mark.parametrize("number", range(8))
    def test_it_is_there(tmp_path_factory: pytest.TempPathFactory, number: int) -> None:
        folder = made_once(tmp_path_factory, "thing", made)
        assert (Path(folder) / "content").read_text() == "one"
"""


def test_all_workers_of_a_run_read_what_one_of_them_made(tmp_path: Path) -> None:
    suite = tmp_path / "test_workers.py"
    suite.write_text(textwrap.dedent(TESTS).format(notes=str(tmp_path)), encoding="utf-8")
    options = ["-q", "-p", "no:cacheprovider", "-n", "3", "--dist", "each", "--rootdir", str(tmp_path)]
    base = ["--basetemp", str(tmp_path / "base"), "-o", f"pythonpath={REPO}"]

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *base, str(suite)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "24 passed" in done.stdout
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "x"


def test_what_failed_is_made_again_in_an_empty_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = []

    def fails_first(folder: Path) -> int:
        found.append(sorted(path.name for path in folder.iterdir()))
        (folder / "half").touch()
        if len(found) == 1:
            raise OSError("the disk is full")
        return 7

    with pytest.raises(OSError, match="the disk is full"):
        made_once(tmp_path_factory, "fails first", fails_first)

    assert [made_once(tmp_path_factory, "fails first", fails_first) for _ in range(2)] == [7, 7]
    assert found == [[], []]
