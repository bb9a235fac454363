"""`assay upkeep`: fewer files, the same rows; nothing a live model was trained on goes. Small work needs no engine."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from expectations.tables.gold import PREDICTIONS
from jobs.models.frames import SOURCES
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from jobs.upkeep.job import KEEPS_LOG, maintain
from lakehouse.plant import Plant
from tests.support.commands import assay, snapshot
from tests.support.model_lake import MACHINES, ROUNDS, clone, put_table

NO_TIME = {"delta.deletedFileRetentionDuration": "interval 0 seconds"}


@pytest.fixture(scope="module")
def scattered_lake(sealed_lake: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Scores of ten hours, one commit and one file an hour; features written twice. Read only."""
    return scattered_copy(sealed_lake, tmp_path_factory.mktemp("scattered"))


@pytest.fixture
def scattered(scattered_lake: Settings, tmp_path: Path) -> Settings:
    """A copy of that lake. There is no engine."""
    return clone(scattered_lake, tmp_path)


def scattered_copy(settings: Settings, folder: Path) -> Settings:
    settings = clone(settings, folder)
    plant = load_plant(settings)
    assay(settings, "score")
    whole = plant.lake.arrow(PREDICTIONS).sort_by("scored_at")
    put_table(plant, PREDICTIONS.name, whole.slice(0, MACHINES))
    for hour in range(1, 10):
        part = whole.slice(hour * MACHINES, MACHINES)
        write_deltalake(plant.lake.path(PREDICTIONS), part, mode="append")
    features = plant.lake.arrow(plant.tables["gold.machine_features"])
    put_table(plant, "gold.machine_features", features)
    return settings


def files(plant: Plant, name: str) -> int:
    """Files of the newest version."""
    return len(DeltaTable(plant.lake.path(plant.tables[name])).file_uris())


def on_disk(plant: Plant, name: str) -> set[str]:
    folder = Path(plant.lake.path(plant.tables[name]))
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet") if "_delta_log" not in path.parts}


def rows(plant: Plant, name: str) -> pa.Table:
    table = plant.tables[name]
    return plant.lake.arrow(table).sort_by([(key, "ascending") for key in table.key])


def forget_at_once(plant: Plant, name: str) -> None:
    DeltaTable(plant.lake.path(plant.tables[name])).alter.set_table_properties(NO_TIME)


def test_compaction_joins_files_and_keeps_every_row_bit_for_bit(scattered: Settings) -> None:
    plant = load_plant(scattered)
    before, version = rows(plant, PREDICTIONS.name), plant.lake.content_version(PREDICTIONS)

    report = assay(scattered, "upkeep")

    assert PREDICTIONS.name in report.data["OPTIMIZE"]
    assert files(plant, PREDICTIONS.name) == len(plant.lake.dates(PREDICTIONS))
    assert rows(plant, PREDICTIONS.name).equals(before)
    assert plant.lake.content_version(PREDICTIONS) == version


@pytest.mark.spark
@pytest.mark.parametrize("here_bytes", [0, 1 << 30], ids=["by the engine", "in the command"])
def test_the_engine_and_the_command_leave_the_same_rows_in_as_few_files(
    champion: Settings, tmp_path: Path, here_bytes: int
) -> None:
    settings = scattered_copy(champion, tmp_path)
    plant = load_plant(settings)
    before, version = rows(plant, PREDICTIONS.name), plant.lake.content_version(PREDICTIONS)

    maintain(settings, here_bytes=here_bytes)
    again = maintain(settings, here_bytes=here_bytes)

    assert files(plant, PREDICTIONS.name) == len(plant.lake.dates(PREDICTIONS))
    assert rows(plant, PREDICTIONS.name).equals(before)
    assert plant.lake.content_version(PREDICTIONS) == version
    assert not again.changed


def test_upkeep_again_writes_nothing(scattered: Settings) -> None:
    assay(scattered, "upkeep")
    before = snapshot(scattered.lake)

    again = assay(scattered, "upkeep", as_of="2026-05-01T00:00:00Z")

    assert (again.changed, snapshot(scattered.lake)) == (False, before)


def test_nothing_is_trained_judged_or_scored_anew_after_upkeep(scattered: Settings) -> None:
    assay(scattered, "score")
    assay(scattered, "upkeep")

    reports = [assay(scattered, *words) for words in (("score",), ("bundle", "build"))]

    assert [report.changed for report in reports] == [False, False]


def test_files_go_when_the_tables_own_retention_is_over(scattered: Settings) -> None:
    plant = load_plant(scattered)
    assay(scattered, "upkeep")
    scattered_files = on_disk(plant, PREDICTIONS.name)
    before = rows(plant, PREDICTIONS.name)
    forget_at_once(plant, PREDICTIONS.name)

    report = assay(scattered, "upkeep")
    again = assay(scattered, "upkeep")

    assert report.data["VACUUM"] == [PREDICTIONS.name]
    assert len(on_disk(plant, PREDICTIONS.name)) == files(plant, PREDICTIONS.name) < len(scattered_files)
    assert rows(plant, PREDICTIONS.name).equals(before)
    assert not again.changed


def test_files_within_their_retention_stay(scattered: Settings) -> None:
    plant = load_plant(scattered)
    before = on_disk(plant, PREDICTIONS.name)

    report = assay(scattered, "upkeep")

    assert report.data["VACUUM"] == []
    assert before <= on_disk(plant, PREDICTIONS.name)


def test_what_a_live_model_was_trained_on_is_never_cleaned(scattered: Settings) -> None:
    plant = load_plant(scattered)
    for name in SOURCES:
        forget_at_once(plant, name)
    before = {name: on_disk(plant, name) for name in SOURCES}
    waste = len(before["gold.machine_features"]) - files(plant, "gold.machine_features")

    report = assay(scattered, "upkeep")

    assert waste > 0
    assert not set(report.data["VACUUM"]) & set(SOURCES)
    assert all(before[name] <= on_disk(plant, name) for name in SOURCES)


def test_the_data_of_a_champion_can_be_read_again_after_upkeep(scattered: Settings) -> None:
    plant = load_plant(scattered)
    forget_at_once(plant, "gold.machine_features")
    assay(scattered, "upkeep")
    path = plant.lake.path(plant.tables["gold.machine_features"])

    old = DeltaTable(path, version=0).to_pyarrow_table()

    assert old.num_rows == rows(plant, "gold.machine_features").num_rows


def test_the_log_of_what_a_live_model_was_trained_on_is_kept(scattered: Settings) -> None:
    plant = load_plant(scattered)

    report = assay(scattered, "upkeep")

    cleans = {
        name: DeltaTable(plant.lake.path(table)).metadata().configuration.get(KEEPS_LOG, "true")
        for name, table in plant.tables.items()
        if plant.lake.exists(table)
    }
    assert set(report.data["KEEP LOG"]) == {name for name, value in cleans.items() if value == "false"} == set(SOURCES)


def test_a_lake_in_good_order_is_left_alone(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    assay(settings, "upkeep")
    assay(settings, "train", *ROUNDS)

    report = assay(settings, "upkeep")

    assert report.lines == ("upkeep: nothing to compact, nothing to clean",)
