"""Files without a header or a date: clocks in columns, the machine by the folder, the date by the path or an edit."""

import csv
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expectations.mapping.file import load_mapping
from expectations.mapping.landed_path import at_path
from jobs.plant.draft.clock import clock_of
from jobs.plant.draft.path_text import path_text
from tests.jobs.plant.draft.test_draft import DATA, Drafted, all_read, of_texts
from tests.jobs.plant.draft.test_tables import table
from tests.support.reader_files import Read

ARCHIVE = DATA / "femto_bearing" / "Learning_set_Bearing3_1.tar.gz"
EDITS = [
    (f"mappings/{name}.toml", old, new)
    for name in ("acc", "temp")
    for old, new in (('date = ""', 'date = "2010-11-17"'), ('factory_id = "factory_1"', 'factory_id = "rig"'))
]
DAY = datetime(2010, 11, 17, tzinfo=UTC)


def test_a_bearings_files_need_four_edits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """FEMTO: 515 files of acceleration by commas and microseconds, 89 of temperature by semicolons and tenths."""
    if not ARCHIVE.exists():
        pytest.skip("no femto_bearing beside the checkout (../shared/data)")
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(tmp_path / "landing", filter="data")
    drafted = Drafted(tmp_path / "landing", tmp_path / "plant", capsys)

    assert drafted.report["refused"] == {}
    assert len(EDITS) <= 5
    for name, old, new in EDITS:
        text = drafted.text(name)
        assert text.count(old) == 1, (name, old)
        (drafted.out / name).write_text(text.replace(old, new))

    files = sorted((tmp_path / "landing").rglob("*.csv"))
    assert sum(file.name.startswith("acc") for file in files) == 515
    assert sum(file.name.startswith("temp") for file in files) == 89
    for name in ("acc", "temp"):
        mapping = load_mapping(drafted.out / "mappings" / f"{name}.toml")
        chosen = [file for file in files if file.name.startswith(name)][:: 20 if name == "acc" else 1]
        for file in chosen:
            path = file.relative_to(tmp_path / "landing").as_posix()
            read = Read(file.read_bytes(), at_path(mapping, path))
            assert (read.rejected, read.blank) == ([], 0)
            assert [(row["measured_at"], row["value"]) for row in read.rows] == list(_by_csv(file))
            assert {(row["factory_id"], row["machine_id"]) for row in read.rows} == {("rig", "Bearing3_1")}
            assert {row["unit"] for row in read.rows} == {"g" if name == "acc" else "C"}


def _by_csv(file: Path) -> Iterator[tuple[datetime, float]]:
    is_temperature = file.name.startswith("temp")
    with file.open(newline="") as text:
        for hour, minute, second, fraction, *values in csv.reader(text, delimiter=";" if is_temperature else ","):
            microseconds = round(float(fraction) * (100_000 if is_temperature else 1))
            clock = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second), microseconds=microseconds)
            yield from ((DAY + clock, float(value)) for value in values)


def test_a_date_that_is_not_answered_reads_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"10;0;{second};{21 + second / 10}\n" for second in range(5))
    drafted = of_texts(tmp_path, {"Pump7/temp_1.csv": rows}, capsys)

    assert "QUESTION: of which day is the file" in drafted.text("mappings/temp.toml")
    assert drafted.counts("temp") == {"records": 5, "rows": 0, "blank": 0, "rejected": 5, "faulty": 0}


def test_a_date_in_the_files_name_is_no_edit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"10;0;{second};{21 + second / 10}\n" for second in range(5))
    drafted = of_texts(tmp_path, {"Pump7/temp_20261102_1.csv": rows}, capsys)

    assert 'path = "{machine_id}/temp_{date:%Y%m%d}_*.csv"' in drafted.text("mappings/temp.toml")
    assert drafted.counts("temp") == all_read(5)


@pytest.mark.parametrize(
    ("fractions", "named"),
    [
        (("1", "2", "9"), "tenth"),
        (("10", "110", "990"), "millisecond"),
        (("65664", "65703", "1.1879e+05"), "microsecond"),
        (("100", "5000000", "999999999"), "nanosecond"),
        (("21", "20", "22"), "column_4"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_fraction_counts_up_within_each_second(fractions: tuple[str, ...], named: str) -> None:
    rows = "".join(f"9,10,{second},{fraction},0.5\n" for second in (38, 39) for fraction in fractions)

    found = table(rows)

    assert found.names == ("hour", "minute", "second", named, "column_5")
    guess = clock_of(found)
    assert guess is not None
    assert guess.step == timedelta(seconds=1)
    assert guess.lacks_date


@pytest.mark.parametrize(
    ("path", "pattern", "names"),
    [
        ("set/Bearing3_1/acc_00001.csv", "{machine_id}/acc_*.csv", ("machine_id",)),
        ("week_06022023/a.csv", "", ()),
        ("P1/2026-11-02/log.csv", "{date:%Y-%m-%d}/log.csv", ("date",)),
        ("P1/log_20261302.csv", "{machine_id}/log_*.csv", ("machine_id",)),
        ("log_20261102_0700.csv", "log_{date:%Y%m%d}_*.csv", ("date",)),
    ],
)
def test_what_a_path_says(path: str, pattern: str, names: tuple[str, ...]) -> None:
    found = path_text(path, needs_machine=True, needs_date=True)

    assert (found.pattern.value, found.names) == (pattern, names)
