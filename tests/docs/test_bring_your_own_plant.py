"""The plant of `docs/bring_your_own_plant.md`: its files as a reader of the page would copy them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bronze.files import mappings_of
from expectations.feeds import FEEDS
from expectations.mapping.file import load_mappings
from expectations.mapping.mapping import FORMATS, SHAPES
from expectations.mapping.time_rule import TIME_KINDS
from expectations.plant.file import load_profile
from jobs.runtime.settings import load_settings
from tests.architecture.sources import REPO, text
from tests.support.reader_files import Read
from tests.support.waiting import PATIENCE_S

PAGE = Path("docs/bring_your_own_plant.md")
FILE = re.compile(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CLOCK = re.compile(r"assay (pipeline --until gold --as-of \S+)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with every file that the page shows."""
    for name, content in FILE.findall(text(PAGE)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return tmp_path


def said_of(feed: str) -> dict[str, int]:
    """The counts that the page shows for a feed: records, rows, blank, rejected, duplicate."""
    (counts,) = re.findall(rf"^  {feed}: (.*)$", text(PAGE), re.MULTILINE)
    return {name: int(count) for count, name in (part.split() for part in counts.split(", "))}


def run(folder: Path, words: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A command of the page with the page's settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    command = [sys.executable, "-m", "jobs.cli", *words.split(), "--settings", str(folder / "assay.toml"), *options]
    return subprocess.run(
        command, cwd=REPO, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )


def test_the_page_shows_every_file_of_its_folder(folder: Path) -> None:
    drawn = re.findall(r"[\w./-]+\.(?:toml|csv)", text(PAGE).split("```")[1])

    assert sorted(Path(name).name for name in drawn) == sorted(p.name for p in folder.rglob("*") if p.is_file())


def test_profile_mappings_and_settings_are_legal(folder: Path) -> None:
    settings = load_settings({}, file=folder / "assay.toml")

    profile = load_profile(settings.plant)

    assert set(profile.metrics) == {"pressure", "temperature", "current"}
    assert {mapping.name for mapping in load_mappings(settings.plant)} >= {"scada", "pumps", "breakdowns"}


def test_every_file_gives_the_records_that_the_page_counts(folder: Path) -> None:
    landing, mappings = folder / "landing", load_mappings(folder / "pump_station")

    for path in (path for path in sorted(landing.rglob("*")) if path.is_file()):
        (mapping,) = mappings_of(path.relative_to(landing).as_posix(), mappings)
        read, said = Read(path.read_bytes(), mapping), said_of(mapping.feed.name)
        rejected = sum(entry["record_count"] for entry in read.rejected)
        assert said == {
            "records": read.records, "rows": len(read.rows), "blank": read.blank, "rejected": rejected, "duplicate": 0,
        }  # fmt: skip


def test_what_the_page_calls_legal_is_what_is_legal() -> None:
    page = text(PAGE)

    assert "one of the [units](mapping.md#units)" in page  # every one of them: test_mapping_page
    for word in (*FORMATS, *SHAPES, *TIME_KINDS, *FEEDS):
        assert f"`{word}`" in page


@pytest.mark.spark
@pytest.mark.slow
def test_the_run_prints_what_the_page_shows(folder: Path) -> None:
    (words,) = CLOCK.findall(text(PAGE))

    done = run(folder, words, "--state", str(folder / "state"), "--json")

    assert done.returncode == 0, done.stdout + done.stderr
    steps = json.loads(done.stdout)["steps"]
    account = steps["quality"]["accounting"]["readings"]
    assert account == {"records": 31, "accepted": 28, "duplicate": 0, "quarantined": 1, "rejected": 1, "blank": 1}
    assert steps["ingest"]["feeds"]["readings"] == said_of("readings")
    assert steps["gold"]["dates"]["gold.machine_features"] == 1
    _reads_again(folder)


def _reads_again(folder: Path) -> None:
    """The commands after a mapping was corrected, before and after it was."""
    commands = re.findall(r"^assay (ingest --again \S+)$", text(PAGE), re.MULTILINE)
    assert commands == ["ingest --again scada", "ingest --again breakdowns.csv"]
    for command in commands:
        assert "not read again, the mapping reads as it did: 1 file" in run(folder, command).stdout
    path = folder / "pump_station" / "mappings" / "scada.toml"
    path.write_text(path.read_text().replace('unit = "psi"', 'unit = "psi", factor = 2.0'))
    done = run(folder, commands[0])
    assert "replaces 31 records of earlier readings, 1 of them rejected" in done.stdout, done.stdout + done.stderr


def test_mappings_are_tried_on_the_pages_files_before_any_lake(folder: Path) -> None:
    commands = re.findall(r"^assay (plant \w+(?: \w+)?)", text(PAGE), re.MULTILINE)
    assert commands == ["plant check", "plant try scada", "plant schema pump_station"]

    check, trial = (run(folder, command) for command in commands[:2])
    schema = run(folder, f"plant schema {folder / 'pump_station'}")

    assert schema.returncode == 0, schema.stderr
    assert (folder / "pump_station" / "mapping.schema.json").is_file()

    assert check.returncode == 0, check.stdout + check.stderr
    assert "scada: 1 file\n" in check.stdout
    assert re.search(r"^\d+ records: \d+ read", trial.stdout, re.MULTILINE), trial.stdout + trial.stderr
    assert not (folder / "lake").exists()
