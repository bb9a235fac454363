"""A lake without data, or without a stage of it: each command says what happened, what is missing, what to do next."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bronze.files import Admission, Content, Landed
from bronze.files import Outcome as FileOutcome
from expectations.tables.bronze import FILES
from jobs import cli
from jobs.ingest.plan import new_batch
from jobs.runs.journal import Outcome, record
from jobs.runtime.prepared import open_plant
from jobs.runtime.settings import Settings
from lakehouse.plant import ownership
from lakehouse.publish.rows import arrow_rows
from tests.support.past_the_gate import put_rows
from tests.support.small_plant import write_small_plant

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("away_from_the_users_settings")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ASSAY_PLANT", str(write_small_plant(tmp_path)))
    return Settings(
        lake=tmp_path / "lake", landing=tmp_path / "landing", plant=os.environ["ASSAY_PLANT"],
        state=tmp_path / ".assay",
    )  # fmt: skip


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = cli.main(list(words))
    captured = capsys.readouterr()
    return code, captured.out + captured.err


QUESTION = ("sql", "SELECT * FROM gold.machine_daily")


def test_no_lake_and_no_landing_folder(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    code, words = said(capsys, *QUESTION)

    assert code == 2
    assert f"gold.machine_daily: not built yet in {settings.lake}; nothing has been ingested" in words
    assert f"the landing folder {settings.landing} is not there: make it, put files into it" in words


def test_an_empty_landing_folder(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.landing.mkdir()
    assert said(capsys, "ingest")[0] == 0

    code, words = said(capsys, *QUESTION)

    assert code == 0
    assert "(0 rows)" in words
    assert "gold.machine_daily is empty: nothing has been ingested; no file is in the landing folder" in words


def test_files_that_wait(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    (settings.landing / "lines").mkdir(parents=True)
    (settings.landing / "lines" / "one").write_text("{}")

    assert f"files wait in {settings.landing}: run `assay ingest`" in said(capsys, *QUESTION)[1]


def test_an_ingest_that_failed_is_named_with_its_sentence(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.landing / "lines").mkdir(parents=True)
    (settings.landing / "lines" / "one").write_text("{}")
    record(settings.state, "ingest", Outcome.FAILED, AT, "the disk is full")

    words = said(capsys, *QUESTION)[1]

    assert "(its last run, 2026-11-21 06:00 UTC, failed: the disk is full)" in words


def test_files_that_no_mapping_matches(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.landing.mkdir()
    (settings.landing / "strange.txt").write_text("?")
    cli.main(["ingest"])

    words = said(capsys, *QUESTION)[1]

    assert f"none of the 1 files in {settings.landing} matches a mapping's `files`; add a glob" in words


def _read(settings: Settings, rejected: int = 0) -> None:
    """A ledger with one file of readings that was read."""
    plant = open_plant(settings)
    mapping = next(mapping for mapping in plant.mappings if mapping.name == "lines")
    content = Content(Landed("lines/one", 10, 0), "ab" * 32, {})
    batch = new_batch(1, AT, AT, [Admission(content, mapping, FileOutcome.READ, content.sha256[:16])])
    counts = {content.sha256[:16]: {"records": rejected, "rows": 0, "blank": 0, "rejected": rejected}}
    rows = arrow_rows(batch.final_rows(counts, ()), FILES)
    put_rows(plant.lake, FILES, rows, replace(ownership(plant.lake, plant.profile), batch=1))


def test_readings_that_were_all_rejected(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.landing.mkdir()
    _read(settings, rejected=3)

    words = said(capsys, *QUESTION)[1]

    assert "gold.machine_daily is empty: silver.buckets, which it is made from, is empty" in words
    assert "all 3 records of its 1 files were rejected" in words


@pytest.mark.parametrize("name", ["bronze.rejected", "silver.readings_quarantine"])
def test_nothing_set_aside_is_worth_no_word(name: str, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.landing.mkdir()
    _read(settings)

    code, words = said(capsys, "sql", f"SELECT * FROM {name}")

    assert (code, words.splitlines()[-1]) == (0, "(0 rows)")


def test_a_silver_that_was_refused_is_named(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """The readings are in bronze, the gate of silver refused them."""
    settings.landing.mkdir()
    _read(settings)
    plant = open_plant(settings)
    table = plant.tables["bronze.readings"]
    rows = arrow_rows([dict.fromkeys(table.column_names) | {"_batch_id": 1, "_file_id": "ab" * 8}], table)
    put_rows(plant.lake, table, rows)
    record(settings.state, "silver", Outcome.REFUSED, AT, "silver.readings, batch 1: value_not_finite: 1 row")

    words = said(capsys, *QUESTION)[1]

    assert "silver.readings, which it is made from, is empty: run `assay silver` (its last run" in words
    assert "was refused: silver.readings, batch 1: value_not_finite: 1 row)" in words


def test_a_table_that_is_gone_is_named_with_its_command(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.landing.mkdir()
    _read(settings)
    shutil.rmtree(settings.lake / "gold" / "freshness")

    code, words = said(capsys, "sql", "FROM gold.freshness")

    assert code == 2
    assert "gold.freshness: not built yet in" in words
    assert "run `assay quality`" in words


@pytest.mark.parametrize(
    ("words", "code", "first"),
    [
        (["ingest"], 0, "ingest: nothing new in the landing folder"),
        (["silver"], 0, "silver: silver.metrics rebuilt"),
        (["gold"], 0, "gold: nothing to build from, silver.buckets is empty: nothing has been ingested; no file is in"),
        (["quality"], 3, "quality: no batch to account for: nothing has been ingested; no file is in the landing"),
        (["score"], 0, "there is no champion: nothing has been ingested; no file is in the landing folder"),
        (["train"], 2, "gold.failure_labels: no rows yet; nothing has been ingested; no file is in the landing folder"),
        (
            ["pipeline"],
            2,
            "gold.failure_labels: no rows yet; nothing has been ingested; no file is in the landing folder",
        ),
        (["report"], 0, "no readings to show: the lake {lake} is not there: nothing has been ingested; no file is in"),
        (["sql", "FROM silver.readings"], 2, "silver.readings: not built yet in {lake}; nothing has been ingested"),
        (
            ["sql", "SHOW TABLES"],
            0,
            "no table is in {lake}: nothing has been ingested; no file is in the landing folder",
        ),
        (["upkeep"], 0, "upkeep: nothing to compact, nothing to clean"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_each_command_on_a_lake_that_is_not_there_says_what_is_missing(
    words: list[str], code: int, first: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.landing.mkdir()

    got, text = said(capsys, *words)

    assert got == code
    assert first.format(lake=settings.lake) in text
    assert "Traceback" not in text


def test_the_report_goes_to_the_working_directory_and_says_so(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.landing.mkdir()

    code, words = said(capsys, "report")

    assert code == 0
    assert words.splitlines()[-1] == "report: report.html"
    assert (tmp_path / "report.html").is_file()
    assert not (tmp_path / "demo").exists()
