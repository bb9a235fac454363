"""`assay lineage` on a small lake: files, lines and tables, both ways, and what it says of names that are none."""

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.lineage.asked import asked
from lakehouse.errors import UsageError
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

NOWHERE = "sc://localhost:1"
FIRST, SECOND = "lines/a.jsonl", "lines/b.jsonl"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Plane:
    """Two batches: two good readings, one too hot and one broken line; then one more of the same day."""
    root = tmp_path_factory.mktemp("lineage")
    plane = Plane(root, NOWHERE, str(write_small_plant(root)))
    hot = line("2026-03-01T02:00:00Z", 999.0)
    plane.land(FIRST, line("2026-03-01T00:00:00Z") + line("2026-03-01T01:00:00Z", 90.0) + hot + "{broken\n")
    plane.land("failures/a.jsonl", json.dumps({"at": "2026-03-10T00:00:00Z", "machine": "M1", "code": "seal"}) + "\n")
    plane.run()
    plane.land(SECOND, line("2026-03-01T03:00:00Z", 91.0))
    plane.run()
    return plane


def answer(plane: Plane, what: str) -> dict[str, Any]:
    return dict(asked(plane.settings, what).data)


def versions(stops: list[dict[str, Any]]) -> dict[str, int]:
    return {stop["table"]: stop["version"] for stop in stops if stop["kind"] == "table"}


def test_a_file_leads_to_the_tables_that_hold_it(plane: Plane) -> None:
    first, second = (answer(plane, path) for path in (FIRST, "b.jsonl"))

    (file,) = first["subject"]
    assert (file["name"], file["records"], file["rows"], file["rejected"], file["batch"]) == (FIRST, 4, 3, 1, 1)
    held = versions(first["went_into"])
    assert held.keys() >= {"bronze.readings", "bronze.rejected", "silver.readings", "silver.readings_quarantine"}
    assert held.keys() >= {"silver.buckets", "gold.machine_daily", "gold.machine_features"}
    later = versions(second["went_into"])
    assert later["gold.machine_features"] > held["gold.machine_features"]
    assert not later.keys() & {"bronze.rejected", "silver.readings_quarantine"}


def test_a_table_leads_back_to_exactly_the_files_of_its_version(plane: Plane) -> None:
    held = versions(answer(plane, FIRST)["went_into"])["gold.machine_features"]

    old, new = (answer(plane, what)["came_from"] for what in (f"gold.machine_features@{held}", "gold.machine_features"))

    files = [[stop for stop in stops if stop["kind"] == "file" and stop["table"] == "bronze.readings"]
             for stops in (old, new)]  # fmt: skip
    assert [(one["files"], one["records"], one["last"]) for (one,) in files] == [(1, 4, FIRST), (2, 5, SECOND)]
    assert versions(old)["bronze.readings"] < versions(new)["bronze.readings"]
    assert "bronze.failures" in versions(old)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (f"{FIRST}:2", "in silver.readings as 90.0 C"),
        (f"{FIRST}:3", "in silver.readings_quarantine: value_out_of_range"),
        (f"{FIRST}:4", "in bronze.rejected: "),
        ("failures/a.jsonl:1", "failures: "),
    ],
)
def test_a_line_says_what_became_of_its_record(plane: Plane, what: str, words: str) -> None:
    stops = [stop for stop in answer(plane, what)["subject"] if stop["kind"] == "line"]

    assert [words in stop["words"] for stop in stops] == [True], stops


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("lines/aa.jsonl", r"paths like it: lines/a.jsonl"),
        ("a.jsonl", r"the end of 2 paths: failures/a.jsonl, lines/a.jsonl"),
        (f"{FIRST}:9", r"got line 9 of lines/a.jsonl"),
        ("gold.nothing", r"got table 'gold.nothing'; legal: .*gold.machine_daily"),
        ("gold.machine_daily@99", r"legal: gold.machine_daily@0 to gold.machine_daily@"),
        ("M9 at 2026-03-01", r"got machine 'M9', which is none; legal: F1/M1"),
        ("M1 at noon", r"got time 'noon'"),
        ("M1 at 2026-03-01T01:00", r"has no score up to 2026-03-01T01:00:00Z"),
    ],
)
def test_a_name_that_is_none_is_told_what_is_legal(plane: Plane, what: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        asked(plane.settings, what)


def test_an_empty_lake_says_that_nothing_landed(tmp_path: Path) -> None:
    plane = Plane(tmp_path, NOWHERE, str(write_small_plant(tmp_path)))

    with pytest.raises(UsageError, match="none landed yet"):
        asked(plane.settings, "lines/a.jsonl")
    with pytest.raises(UsageError, match=r"gold.machine_daily is not in the lake"):
        asked(plane.settings, "gold.machine_daily")
