"""The benchmark of hours: those between the measured ones are brought too, and its figures are those of the lake."""

from pathlib import Path

from bench.hourly import measure
from bench.hours import JOBS
from expectations.tables.bronze import FILES
from lakehouse.files.joining import MANY
from lakehouse.lake import Lake


def test_every_hour_is_brought_and_what_grows_is_bounded(tmp_path: Path) -> None:
    early, late = measure(tmp_path, hours=3, early=0, near=1)

    assert (early.number, late.number) == (0, 2)
    assert tuple(late.seconds) == JOBS
    assert Lake(tmp_path / "lake").row_count(FILES) == 3
    assert 1 <= late.files <= MANY
    assert 1 <= late.log_files <= 10
