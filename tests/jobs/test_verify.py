"""`assay verify` on a small lake: what comes out again, what a changed file, a lost source and other code look like."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from deltalake import CommitProperties, write_deltalake

from jobs.cli import main
from jobs.diagnosis.origins import origins_of
from jobs.models.origins import registry_tables
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport, json_line
from jobs.verify import appended, readings
from jobs.verify.choice import Choice
from jobs.verify.job import verified
from jobs.verify.outcome import Named, Outcome
from jobs.verify.recipes import makers
from lakehouse.code_revision import code_revision
from lakehouse.commit_json import to_text
from lakehouse.publish.stale import last_build
from tests.support.plane import Plane
from tests.support.small_plant import line, lines, write_small_plant

NOWHERE = "sc://localhost:1"
EVERY = Choice(every=True)
DAILY, BUCKETS = "gold.machine_daily", "silver.buckets"
READINGS, QUARANTINE = "silver.readings", "silver.readings_quarantine"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Plane:
    """Three days of one machine; then a late reading, and a failure further ahead of stored rows than any horizon."""
    root = tmp_path_factory.mktemp("verify")
    plane = Plane(root, NOWHERE, str(write_small_plant(root)))
    machine = {"since": "2026-02-01T00:00:00Z", "machine": "M1", "model": "HOT"}
    plane.land("machines/a.jsonl", json.dumps(machine) + "\n")
    plane.land("lines/a.jsonl", lines("2026-03-01T00:00:00Z", 432))
    plane.run()
    plane.land("lines/b.jsonl", line("2026-03-02T10:03:00Z", 99.0) + line("2026-03-02T10:04:00Z", 999.0))
    plane.land("failures/a.jsonl", json.dumps({"at": "2026-03-03T12:00:00Z", "machine": "M1", "code": "seal"}) + "\n")
    plane.run()
    return plane


@pytest.fixture
def copy(plane: Plane, tmp_path: Path) -> Plane:
    shutil.copytree(plane.lake, tmp_path / "lake")
    return Plane(tmp_path, NOWHERE, plane.plant_name)


def listed(report: RunReport) -> list[Outcome]:
    """What programs read, as it is in JSON's dictionaries."""
    tables = report.data["tables"]
    return [Outcome(**{**one, "named": tuple(Named(**each) for each in one["named"])}) for one in tables]


def outcomes(report: RunReport) -> dict[str, Outcome]:
    return {one.table: one for one in listed(report)}


def folder(plane: Plane, name: str) -> Path:
    return plane.lake.joinpath(*name.split("."))


def live(plane: Plane, name: str) -> list[Path]:
    """The data files of the newest version, by path."""
    return sorted(folder(plane, name) / file for file in plane.plant.lake.data(plane.plant.tables[name]).files)


def of_day(plane: Plane, name: str, day: str) -> Path:
    (file,) = (path for path in live(plane, name) if f"_date={day}/" in path.as_posix())
    return file


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Other rows in a data file of which the log knows nothing."""
    with pq.ParquetFile(path) as file:
        rows = file.read()
    pq.write_table(change(rows), path)


def doubled(name: str) -> Callable[[pa.Table], pa.Table]:
    def change(rows: pa.Table) -> pa.Table:
        place = rows.column_names.index(name)
        return rows.set_column(place, rows.schema.field(name), pc.multiply(rows.column(name), 2.0))

    return change


def test_every_table_comes_out_again_in_old_versions_too_and_nothing_is_written(plane: Plane) -> None:
    before = plane.snapshot()

    new = verified(plane.settings, [], EVERY)
    built = [name for name, one in outcomes(new).items() if one.version > 1]
    old = verified(plane.settings, [f"{name}@1" for name in built], EVERY)

    assert {name: one.verdict for name, one in outcomes(new).items() if one.verdict != "equal"} == {}
    assert {name: one.verdict for name, one in outcomes(old).items() if one.verdict != "equal"} == {}
    assert {"silver.reading_statistics", BUCKETS, DAILY, "gold.failure_labels", "gold.work_list"} <= set(built)
    assert outcomes(new)["gold.machine_features"].parts == (4, 4)
    assert (new.exit_code, old.exit_code) == (ExitCode.DONE, ExitCode.DONE)
    assert plane.snapshot() == before


def test_readings_come_out_of_bronze_again_and_what_a_killed_run_left_goes(plane: Plane) -> None:
    before, left = plane.snapshot(), plane.settings.state / "verify/lake"
    left.joinpath("silver/readings/_delta_log").mkdir(parents=True)
    left.joinpath("silver/readings/_delta_log/00000000000000000000.json").write_text("{")
    names = {READINGS: (plane.version(READINGS) or 0) - 1, QUARANTINE: plane.version(QUARANTINE)}

    new = verified(plane.settings, [READINGS, QUARANTINE], Choice())
    old = verified(plane.settings, [f"{name}@{number}" for name, number in names.items()], Choice())

    assert [(one.rows, one.verdict) for one in listed(new)] == [(433, "equal"), (1, "equal")]
    assert [(one.rows, one.verdict) for one in listed(old)] == [(432, "equal"), (1, "equal")]
    assert plane.snapshot() == before
    assert not left.exists()


def test_a_changed_reading_is_named(copy: Plane) -> None:
    rewrite(of_day(copy, READINGS, "2026-03-03"), doubled("value"))

    found = outcomes(verified(copy.settings, [READINGS], Choice()))[READINGS]

    assert (found.verdict, found.differences, found.parts) == ("different", 144, (3, 3))
    first = found.named[0]
    assert (first.part, first.column, first.key["sensor_id"]) == ("2026-03-03", "value", "S1")
    assert first.stored == 2 * first.built


def test_a_changed_value_is_named_with_table_date_key_column_and_both_values(copy: Plane) -> None:
    file = of_day(copy, DAILY, "2026-03-02")
    stored: list[Any] = copy.table(DAILY).filter(pc.field("local_date") == date(2026, 3, 2)).to_pylist()
    rewrite(file, doubled("temperature_mean_c"))

    report = verified(copy.settings, [DAILY, "silver.buckets"], Choice())

    found, was = outcomes(report)[DAILY], stored[0]["temperature_mean_c"]
    assert (found.verdict, found.differences, len(found.named)) == ("different", 1, 1)
    named = found.named[0]
    assert (named.part, named.column, named.stored, named.built) == ("2026-03-02", "temperature_mean_c", 2 * was, was)
    assert named.key == {"machine_id": "M1", "factory_id": "F1", "local_date": date(2026, 3, 2)}
    assert outcomes(report)[BUCKETS].verdict == "equal"
    assert report.exit_code is ExitCode.REFUSED
    assert any(f"{DAILY}@{found.version}: 2026-03-02: row machine_id M1" in said for said in report.lines)
    assert '"column": "temperature_mean_c"' in json_line(report.data)


def test_a_row_that_is_lost_or_comes_twice_is_named(copy: Plane) -> None:
    rewrite(of_day(copy, BUCKETS, "2026-03-01"), lambda rows: rows.slice(1))
    rewrite(of_day(copy, BUCKETS, "2026-03-03"), lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]))

    named = outcomes(verified(copy.settings, [BUCKETS], EVERY))[BUCKETS].named

    assert [(one.part, one.column, one.stored, one.built) for one in named] == [
        ("2026-03-01", None, 0, 1),
        ("2026-03-03", None, 2, 1),
    ]


def test_a_file_that_cannot_be_read_is_a_difference(copy: Plane) -> None:
    file = of_day(copy, DAILY, "2026-03-02")
    file.write_bytes(file.read_bytes()[:-40])

    found = outcomes(verified(copy.settings, [DAILY], EVERY))[DAILY]

    assert found.verdict == "different"
    assert "cannot be read" in found.notes[0]


def test_a_source_that_was_cleaned_up_is_named_and_a_lost_file_is_no_clean_up(copy: Plane) -> None:
    first, *_ = needed = live(copy, BUCKETS)
    for file in set(folder(copy, BUCKETS).rglob("*.parquet")).difference(needed):
        file.unlink()
    old = verified(copy.settings, [f"{DAILY}@1"], EVERY)
    first.unlink()
    new = verified(copy.settings, [DAILY, BUCKETS], EVERY)

    assert outcomes(old)[DAILY].verdict == "cannot"
    assert "silver.buckets@1 is gone, 1 of its 3 files are not there" in outcomes(old)[DAILY].notes[0]
    assert "removed after 30 days" in outcomes(old)[DAILY].notes[0]
    assert old.exit_code is ExitCode.REFUSED
    assert {name: one.verdict for name, one in outcomes(new).items()} == {DAILY: "different", BUCKETS: "different"}
    assert all("restore" in one.notes[0] for one in outcomes(new).values())


def test_what_other_code_built_says_which(copy: Plane) -> None:
    for commit in (folder(copy, DAILY) / "_delta_log").glob("*.json"):
        commit.write_text(commit.read_text().replace(code_revision(), "0123456789ab"))

    equal = outcomes(verified(copy.settings, [DAILY], EVERY))[DAILY]
    file = of_day(copy, DAILY, "2026-03-02")
    rewrite(file, doubled("temperature_mean_c"))
    other = outcomes(verified(copy.settings, [DAILY], EVERY))[DAILY]

    by = f"built by code 0123456789ab, computed again by code {code_revision()}"
    assert (equal.verdict, equal.notes) == ("equal", (f"{by}: it comes out the same",))
    assert (other.verdict, other.notes) == ("different", (f"{by}: the difference may be the code's",))


def test_a_column_that_came_after_a_version_is_not_compared(copy: Plane) -> None:
    plant = copy.plant
    table, built = plant.tables[DAILY], last_build(plant.lake, plant.tables[DAILY])
    assert built is not None
    metadata = CommitProperties(custom_metadata={"userMetadata": to_text(built)})
    rows = copy.table(DAILY).drop_columns(["anomaly_count"])
    write_deltalake(
        plant.lake.path(table), rows, mode="overwrite", schema_mode="overwrite", commit_properties=metadata,
        partition_by=list(table.partition_by),
    )  # fmt: skip

    found = outcomes(verified(copy.settings, [DAILY], EVERY))[DAILY]

    assert (found.verdict, found.rows) == ("equal", rows.num_rows), found.named
    assert "columns that came after it are not compared: anomaly_count" in found.notes


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gold.nothing"], "got 'gold.nothing'; legal: TABLE or TABLE@VERSION"),
        (["bronze.readings"], "of a table that follows from others"),
        ([f"{DAILY}@99"], f"legal: {DAILY}@0 to {DAILY}@"),
        (["--newest", "0"], "legal: a whole number from 1 on"),
        (["--dates", "2026-03-02/2026-03-01"], "legal: 2026-03-01, or 2026-03-01/2026-03-07"),
    ],
)
def test_what_cannot_be_verified_says_what_is_legal(
    plane: Plane, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [f"--{name}={value}" for name, value in (("lake", plane.lake), ("plant", plane.plant_name))]
    try:
        code = main(["verify", *words, *settings])
    except SystemExit as end:
        code = int(str(end.code))

    assert code == ExitCode.USAGE
    assert said in capsys.readouterr().err


def test_dates_that_a_table_has_not_are_no_answer(plane: Plane) -> None:
    wrong_year = Choice(span=(date(2025, 3, 1), date(2025, 3, 3)))

    report = verified(plane.settings, [BUCKETS], wrong_year)

    one = outcomes(report)[BUCKETS]
    assert (one.verdict, report.exit_code) == ("cannot", ExitCode.REFUSED)
    assert one.notes == ("no date of it is in 2025-03-01/2025-03-03: it has 2026-03-01 to 2026-03-03",)


def test_a_table_that_lost_every_row_is_different(copy: Plane) -> None:
    plant = copy.plant
    table, built = plant.tables[BUCKETS], last_build(plant.lake, plant.tables[BUCKETS])
    assert built is not None
    metadata = CommitProperties(custom_metadata={"userMetadata": to_text(built)})
    nothing = copy.table(BUCKETS).slice(0, 0)
    write_deltalake(plant.lake.path(table), nothing, mode="overwrite", commit_properties=metadata,
                    partition_by=list(table.partition_by))  # fmt: skip

    one = outcomes(verified(copy.settings, [BUCKETS], Choice()))[BUCKETS]

    assert (one.verdict, one.parts, one.rows) == ("different", (3, 3), 0)


def test_the_default_says_that_readings_are_left_out(plane: Plane) -> None:
    alone, named = (verified(plane.settings, names, Choice()).lines[-1] for names in ([], [BUCKETS]))

    assert "readings are verified by name only" in alone
    assert "by name only" not in named


def test_every_table_that_follows_from_others_can_be_verified(plane: Plane) -> None:
    registry = {one.target.name for one in registry_tables(plane.plant)}

    known = {*makers(plane.plant), *(table.name for table in (*readings.TABLES, *appended.TABLES))}

    assert origins_of(plane.plant).keys() - registry <= known


def test_dates_that_are_asked_for_are_taken() -> None:
    days = [date(2026, 3, day) for day in range(1, 11)]

    assert Choice().of(days[:2], ()) == (days[:2], 2)
    assert Choice(newest=3).of(days, ()) == (days[-3:], 10)
    assert Choice(span=(days[1], days[2])).of(days[2:], days[:2]) == (days[1:3], 10)
