import argparse
import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jobs.commands import report as report_lake
from jobs.runtime.report import plain
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.report import lakes


def arguments(out: Path, *more: str, as_of: datetime | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    report_lake.add_arguments(parser)
    return argparse.Namespace(**vars(parser.parse_args(["--out", str(out), *more])), as_of=as_of)


def content(folder: Path) -> dict[Path, str]:
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_page_is_written_and_the_lake_is_not(tmp_path: Path) -> None:
    lake, out = tmp_path / "lake", tmp_path / "new" / "report.html"
    lakes.full_lake(lake)
    before = content(lake)

    report = report_lake.run(arguments(out), Settings(lake=lake, plant="simulated"))

    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert content(lake) == before
    assert report.lines[-1] == f"report: {out}"
    assert report.data["accounting"]["readings"]["records"] == 750
    assert not report.changed


def test_the_summary_is_the_data_of_the_report(tmp_path: Path) -> None:
    lake, summary = tmp_path / "lake", tmp_path / "new" / "summary.json"
    lakes.full_lake(lake)

    report = report_lake.run(
        arguments(tmp_path / "r.html", "--summary", str(summary)), Settings(lake=lake, plant="simulated")
    )

    assert json.loads(summary.read_text(encoding="utf-8")) == plain(report.data)


@pytest.mark.parametrize(("age_h", "said"), [(1.5, "in time"), (30.0, "late")])
def test_the_page_shows_the_clock_it_was_given_and_judges_ages_by_it(tmp_path: Path, age_h: float, said: str) -> None:
    lakes.full_lake(tmp_path / "lake")
    clock, out = lakes.FAILED + timedelta(hours=age_h), tmp_path / "r.html"

    report = report_lake.run(arguments(out, as_of=clock), Settings(lake=tmp_path / "lake", plant="simulated"))

    page = out.read_text(encoding="utf-8")
    assert report.data["as_of"] == clock
    assert f"{clock:%Y-%m-%d %H:%M}" in page
    assert (f"{age_h:.1f} h" in page, f">{said}</td>" in page) == (True, True)


def test_without_a_clock_the_page_goes_by_the_lakes_own_and_is_the_same_on_any_day(tmp_path: Path) -> None:
    lakes.full_lake(tmp_path / "lake")
    settings = Settings(lake=tmp_path / "lake", plant="simulated")

    one, other = (report_lake.run(arguments(tmp_path / name), settings) for name in ("1.html", "2.html"))

    assert one.data["as_of"] == other.data["as_of"] <= lakes.CLOCK
    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "2.html").read_bytes()


def test_a_summary_inside_the_lake_is_refused(tmp_path: Path) -> None:
    given = arguments(tmp_path / "r.html", "--summary", str(tmp_path / "lake" / "s.json"))

    with pytest.raises(UsageError, match=r"--summary .*inside the lake"):
        report_lake.run(given, Settings(lake=tmp_path / "lake"))


def test_a_lake_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    report_lake.run(arguments(tmp_path / "r.html"), Settings(lake=tmp_path / "lake", plant="xep_factory"))

    assert not (tmp_path / "lake").exists()


def test_a_page_inside_the_lake_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="inside the lake"):
        report_lake.run(arguments(tmp_path / "lake" / "r.html"), Settings(lake=tmp_path / "lake"))


def test_a_folder_is_no_page(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is a folder; legal: a file such as .*report\.html"):
        report_lake.run(arguments(tmp_path), Settings(lake=tmp_path / "lake"))


def test_a_bundle_that_is_not_there_is_refused(tmp_path: Path) -> None:
    given = arguments(tmp_path / "r.html", "--bundle", str(tmp_path / "no.bundle"))

    with pytest.raises(UsageError, match=r"no\.bundle is not there"):
        report_lake.run(given, Settings(lake=tmp_path / "lake"))


def test_a_page_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(UsageError, match="legal: a file in a folder you may write"):
        report_lake.run(arguments(tmp_path / "file" / "r.html"), Settings(lake=tmp_path / "lake"))
