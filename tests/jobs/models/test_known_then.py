"""No model is trained on features that know of what came later."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake

from jobs.models.known_then import GRID_TIMES, check_known_then
from lakehouse.commit_json import to_text
from lakehouse.publish.stale import last_build
from ml.errors import LeakError
from tests.support.plane import Plane
from tests.support.small_plant import line, lines, write_small_plant

NOWHERE = "sc://localhost:1"
FEATURES = "gold.machine_features"


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    """Two days of one machine, a failure on the first."""
    plane = Plane(tmp_path, NOWHERE, str(write_small_plant(tmp_path)))
    days = [lines(f"2026-03-0{day}T00:00:00Z", 144) for day in (1, 2)]
    plane.land("lines/a.jsonl", "".join(days) + line("2026-03-02T23:55:00Z", 55.0))
    failure = {"at": "2026-03-01T12:00:00Z", "machine": "M1", "code": "seal"}
    plane.land("failures/a.jsonl", json.dumps(failure) + "\n")
    plane.run()
    return plane


def rewrite(plane: Plane, rows: pa.Table) -> None:
    """Other rows of features under the metadata of their build."""
    plant = plane.plant
    table, built = plant.tables[FEATURES], last_build(plant.lake, plant.tables[FEATURES])
    assert built is not None
    metadata = CommitProperties(custom_metadata={"userMetadata": to_text(built)})
    write_deltalake(plant.lake.path(table), rows, mode="overwrite", commit_properties=metadata)


def test_features_of_a_build_are_as_they_were_known(plane: Plane) -> None:
    assert check_known_then(plane.plant) == GRID_TIMES


def test_what_came_in_after_the_build_makes_no_difference(plane: Plane) -> None:
    plane.land("lines/late.jsonl", line("2026-03-02T10:03:00Z", 99.0))
    plane.ingest()
    plane.silver()

    assert check_known_then(plane.plant) == GRID_TIMES


def test_feature_of_the_row_after_is_found(plane: Plane) -> None:
    rows = plane.table(FEATURES).sort_by("scored_at")
    name = next(name for name in rows.column_names if "mean" in name)
    later = pa.concat_arrays([rows.column(name).combine_chunks()[1:], pa.array([0.0])])
    rewrite(plane, rows.set_column(rows.column_names.index(name), name, later))

    with pytest.raises(LeakError, match=rf"has {name} = .* of M1, what was known then gives"):
        check_known_then(plane.plant)


def test_row_of_a_machine_that_had_no_reading_then_is_found(plane: Plane) -> None:
    rows = plane.table(FEATURES)
    other = rows.set_column(rows.column_names.index("machine_id"), "machine_id", pa.array(["M2"] * len(rows)))
    rewrite(plane, pa.concat_tables([rows, other]))

    with pytest.raises(LeakError, match="has rows of 2 machines, 1 were known"):
        check_known_then(plane.plant)


def test_source_that_is_gone_at_its_version_leaves_the_check_out(
    plane: Plane, caplog: pytest.LogCaptureFixture
) -> None:
    plant = plane.plant
    (first, *_) = sorted(Path(plant.lake.path(plant.tables["silver.buckets"])).glob("_delta_log/*.json"))
    plane.land("lines/late.jsonl", line("2026-03-02T10:03:00Z", 99.0))
    plane.ingest()
    plane.silver()
    DeltaTable(plant.lake.path(plant.tables["silver.buckets"])).create_checkpoint()
    for version in sorted(first.parent.glob("*.json"))[:-1]:
        version.unlink()

    assert check_known_then(plane.plant) == 0
    assert "a source is gone at its version" in caplog.text


def test_cleared_files_of_a_source_leave_the_check_out(plane: Plane, caplog: pytest.LogCaptureFixture) -> None:
    for file in Path(plane.plant.lake.path(plane.plant.tables["silver.buckets"])).glob("*/*.parquet"):
        file.unlink()

    assert check_known_then(plane.plant) == 0
    assert "a source is gone at its version" in caplog.text
