"""`setup/report_picture.sh`: the README's picture, made from a report."""

import os
import subprocess
from pathlib import Path

import pytest

from report.facts import collect
from report.page import render_page
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING

REPO = Path(__file__).parents[2]
SCRIPT = REPO / "setup" / "report_picture.sh"
MOST_BYTES = 150_000
PNG = b"\x89PNG\r\n\x1a\n"


def made(folder: Path, *words: Path, path: str = os.defpath) -> "subprocess.CompletedProcess[str]":
    command = ["bash", str(SCRIPT), *map(str, words)]
    return subprocess.run(command, cwd=folder, env={"PATH": path}, capture_output=True, text=True, check=False)


def test_the_picture_in_the_readme_is_small() -> None:
    picture = REPO / "docs" / "report.png"

    assert "](docs/report.png)" in (REPO / "README.md").read_text()
    assert picture.read_bytes().startswith(PNG)
    assert picture.stat().st_size <= MOST_BYTES


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_a_report_becomes_a_small_picture(tmp_path: Path) -> None:
    page, picture = tmp_path / "report.html", tmp_path / "report.png"
    page.write_text(render_page(collect(lakes.full_lake(tmp_path / "lake"))), encoding="utf-8")

    done = made(tmp_path, page, picture)

    assert done.returncode == 0, done.stderr
    assert picture.read_bytes().startswith(PNG)
    assert picture.stat().st_size <= MOST_BYTES


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_without_a_report_it_says_what_to_run(tmp_path: Path) -> None:
    done = made(tmp_path, tmp_path / "none.html", tmp_path / "picture.png")

    assert (done.returncode, (tmp_path / "picture.png").exists()) == (2, False)
    assert "none.html is not there; run `make demo` first" in done.stderr


def test_without_a_browser_it_says_how_to_get_one(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "realpath"):
        (tools / tool).symlink_to(
            next(Path(place, tool) for place in ("/usr/bin", "/bin") if Path(place, tool).exists())
        )

    done = made(tmp_path, tmp_path / "report.html", tmp_path / "picture.png", path=str(tools))

    assert done.returncode == 2
    assert "Chromium is needed; on Debian: apt-get install chromium" in done.stderr
