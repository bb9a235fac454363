"""What a run changes and what it leaves alone, read from the Delta logs; gates that refuse; what gold is made of."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from expectations.tables.bronze import FILES
from lakehouse.engine.server import EngineAddress
from tests.pipeline.conftest import Delivered
from tests.support.past_the_gate import put_rows
from tests.support.plane import AS_OF, Plane
from tests.support.published import built_tables, is_intent, repeated_keys, unaudited
from tests.support.small_plant import line, lines, write_small_plant

pytestmark = pytest.mark.spark
REPO = Path(__file__).resolve().parents[2]
TABLES = ("silver.readings", "silver.buckets", "gold.machine_daily", "gold.factory_daily", "gold.machine_features",
          "gold.failure_labels", "silver.readings_quarantine", "silver.machines", "silver.machine_events")  # fmt: skip
OLD = 1_767_657_600.0  # 2026-01-06
UNCHECKED = (
    "-c",
    "import sys, expectations.plant.file as file; file.check_profile = lambda *_: None\n"
    "from jobs.cli import main; sys.exit(main(sys.argv[1:]))",
)
SHORT_DAY = "\n[shifts]\nmorning = [6, 7]\nafternoon = [7, 8]\nnight = [8, 9]\n"


def _dates_written(plane: Plane, name: str, after: int) -> set[str]:
    """Values of the first partition column in every file that commits after a version added or removed."""
    table = plane.plant.tables[name]
    found: set[str] = set()
    for path in sorted((Path(plane.plant.lake.path(table)) / "_delta_log").glob("*.json")):
        if int(path.stem) <= after:
            continue
        for text in path.read_text(encoding="utf-8").splitlines():
            action = json.loads(text)
            for kind in ("add", "remove"):
                if kind in action:
                    found.add(
                        action[kind]["partitionValues"].get(table.partition_by[0], "") if table.partition_by else ""
                    )
    return found


def test_a_reading_sixty_days_late_changes_its_own_dates_and_no_other(engine: EngineAddress, tmp_path: Path) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    for day in ("01-04", "01-05", "01-06", "01-07", "03-06", "03-07"):
        plane.land(f"lines/{day}.jsonl", lines(f"2026-{day}T00:00:00+00:00", 6, minutes=20)
                   + lines(f"2026-{day}T21:00:00+00:00", 8, minutes=20))  # fmt: skip
    plane.land("failures/1.jsonl", '{"at":"2026-03-07T01:00:00Z","machine":"M1","code":"seal"}\n')
    plane.run()
    before = {name: plane.version(name) or 0 for name in TABLES}

    plane.land("lines/late.jsonl", line("2026-01-05T22:30:00Z", 61.0), modified=OLD)
    plane.run()

    assert {name: _dates_written(plane, name, version) for name, version in before.items()} == {
        "silver.readings": {"2026-01-05"},
        "silver.buckets": {"2026-01-05"},
        "gold.machine_daily": {"2026-01-05"},
        "gold.factory_daily": {"2026-01-05"},
        "gold.machine_features": {"2026-01-05", "2026-01-06"},
        "gold.failure_labels": set(),
        "silver.readings_quarantine": set(),
        "silver.machines": set(),
        "silver.machine_events": set(),
    }


def test_an_older_clock_takes_no_closed_row_away(engine: EngineAddress, tmp_path: Path) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", lines("2026-03-01T00:00:00+00:00", 60, minutes=20))
    plane.run()
    closed = {(row["machine_id"], row["scored_at"]) for row in plane.rows("gold.machine_features")}

    plane.land("lines/2.jsonl", line("2026-03-01T03:30:00Z", 61.0))
    plane.ingest()
    plane.silver()
    report = plane.gold(AS_OF.replace(month=3, day=1, hour=2))

    assert report.changed
    assert closed == {(row["machine_id"], row["scored_at"]) for row in plane.rows("gold.machine_features")}


def test_grid_times_close_with_the_clock_and_only_then(engine: EngineAddress, tmp_path: Path) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", lines("2026-03-01T00:00:00+00:00", 12, minutes=20))
    early, late = AS_OF.replace(month=3, day=1, hour=2, minute=30), AS_OF.replace(month=3, day=1, hour=3)
    plane.ingest()
    plane.silver()

    plane.gold(early)
    hours = [sorted(row["scored_at"].hour for row in plane.rows("gold.machine_features"))]
    assert not plane.gold(early.replace(minute=59)).changed
    plane.gold(late)
    hours.append(sorted(row["scored_at"].hour for row in plane.rows("gold.machine_features")))

    assert hours == [[1, 2], [1, 2, 3]]


def test_gold_that_ran_before_silver_takes_up_events_later(engine: EngineAddress, tmp_path: Path) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", lines("2026-03-01T00:00:00+00:00", 12, minutes=20))
    plane.run()
    failure = '{"at":"2026-03-01T01:30:00Z","machine":"M1","code":"seal"}\n'
    later = '{"at":"2026-03-03T00:00:00Z","machine":"M2","code":"seal"}\n'  # records reach beyond the horizon
    plane.land("failures/1.jsonl", failure + later)

    plane.ingest()
    plane.gold()
    plane.silver()
    plane.gold()

    found = {row["scored_at"].hour: row["failure_24h_count"] for row in plane.rows("gold.machine_features")}
    labels = {row["scored_at"].hour: row["failure_within_24h"] for row in plane.rows("gold.failure_labels")}
    assert found == {1: 0.0, 2: 1.0, 3: 1.0, 4: 1.0}
    assert labels[1] == 1


def test_a_suite_that_refuses_leaves_the_table_at_its_version_and_says_so(
    engine: EngineAddress, tmp_path: Path
) -> None:
    """Shifts that leave hours out got past the profile's check: a reading has none, which its contract forbids."""
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", line("2026-03-01T06:30:00Z"))
    plane.run()
    before = {name: plane.version(name) for name in plane.plant.tables}
    digests = plane.digests()
    plane.land("lines/2.jsonl", line("2026-03-01T16:30:00Z") + line("2026-03-01T16:40:00Z", 999.0))
    plane.ingest()
    write_small_plant(tmp_path, SHORT_DAY)

    done = _assay(plane, engine, "silver", "--json", program=UNCHECKED)

    write_small_plant(tmp_path)
    answer = json.loads(done.stdout)
    assert done.returncode == answer["exit_code"] == 3
    assert (answer["kind"], answer["table"]) == ("GateRefused", "silver.readings")
    changed = {name for name, version in before.items() if plane.version(name) != version}
    assert changed == {"bronze.files", "bronze.readings"}
    assert plane.digests() == digests
    assert _assay(plane, engine, "silver").returncode == 0
    assert plane.table("silver.readings").num_rows == 2
    assert plane.quarantined()["value_out_of_range"] == 1


def _assay(
    plane: Plane, engine: EngineAddress, job: str, *options: str, program: tuple[str, ...] = ("-m", "jobs.cli")
) -> subprocess.CompletedProcess[str]:
    settings = {"LAKE": plane.lake, "LANDING": plane.landing, "PLANT": plane.plant_name, "STATE": plane.root / "state",
                "ENGINE": engine.remote}  # fmt: skip
    environment = os.environ | {f"ASSAY_{name}": str(value) for name, value in settings.items()}
    command = [sys.executable, *program, job, "--as-of", AS_OF.isoformat(), *options]
    return subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)


def test_tables_carry_no_feature_that_locks_a_reader_out_and_their_retention(delivered: Delivered) -> None:
    lake, tables = delivered.plane.plant.lake, delivered.plane.plant.tables
    built = [table for table in tables.values() if lake.exists(table)]

    for table in built:
        opened = DeltaTable(lake.path(table))
        protocol, properties = opened.protocol(), opened.metadata().configuration
        assert protocol.min_reader_version == 1, table.name
        assert set(protocol.writer_features or ()) <= {"appendOnly", "invariants"}, table.name
        assert properties["delta.deletedFileRetentionDuration"] == f"interval {table.retention_days} days", table.name
        assert properties["delta.enableDeletionVectors"] == "false", table.name
    assert len(built) > 10


def test_gold_reads_the_same_in_deltalake_and_duckdb(delivered: Delivered) -> None:
    lake, tables = delivered.plane.plant.lake, delivered.plane.plant.tables
    for name in ("gold.machine_daily", "gold.factory_daily", "gold.machine_features", "gold.failure_labels"):
        data = DeltaTable(lake.path(tables[name])).to_pyarrow_dataset()
        with duckdb.connect() as connection:
            connection.register("t", data)
            (count,) = connection.sql("SELECT count(*) FROM t").fetchall()[0]
        assert count == data.count_rows() > 0
        assert tuple(data.schema.names) == tables[name].column_names


def test_each_commit_that_changed_rows_says_its_verdict_suite_and_code(delivered: Delivered) -> None:
    plant = delivered.plane.plant

    assert list(unaudited(plant)) == []
    assert len(built_tables(plant)) >= 15
    for name in ("bronze.readings", "silver.readings", "silver.buckets", "gold.machine_features"):
        audits = [commit.metadata.audit for commit in plant.lake.content_commits(plant.tables[name])]
        assert {audit and audit.verdict for audit in audits} == {"PASS"}, name


def test_every_intent_of_the_ledger_is_followed_by_its_rows(delivered: Delivered) -> None:
    plant = delivered.plane.plant
    commits = plant.lake.content_commits(FILES)
    intents = [commit.metadata.batch for commit in commits if is_intent(FILES, commit)]
    audited = [commit.metadata.batch for commit in commits if not is_intent(FILES, commit)]

    assert intents == audited == sorted({batch for batch in intents if batch is not None})


def test_no_table_holds_a_key_twice(delivered: Delivered) -> None:
    plant = delivered.plane.plant

    assert repeated_keys(plant) == {}
    assert {"bronze.files", "silver.readings", "gold.machine_features"} <= {
        table.name for table in built_tables(plant) if table.key
    }


def test_a_key_that_stands_twice_is_found(engine: EngineAddress, tmp_path: Path) -> None:
    """A guard of the check itself: a row of the ledger written once more."""
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", line("2026-03-01T00:00:00Z"))
    plane.ingest()

    put_rows(plane.plant.lake, FILES, plane.table("bronze.files"))

    assert repeated_keys(plane.plant) == {"bronze.files": (2, 1)}
    assert len(list(unaudited(plane.plant))) == 1
