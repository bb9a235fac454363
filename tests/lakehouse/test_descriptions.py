"""Tables say in Delta's own metadata what they mean: to deltalake, to Arrow and to Spark."""

from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from deltalake import DeltaTable, TableFeatures, write_deltalake
from pyspark.sql import SparkSession

from expectations.plant.file import load_profile
from expectations.tables.contract import Column, Table
from expectations.tables.gold import FRESHNESS
from expectations.tables.registry import tables
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.descriptions import describe
from lakehouse.lake import Lake
from lakehouse.publish.gate import audit_rows
from lakehouse.storage.places import storage_at
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files
from lakehouse.writing.metadata import record_metadata
from lakehouse.writing.rows import put_rows
from lakehouse.writing.tables import make_table
from tests.support.audited_files import audited_rows

DAILY = Table(
    "gold", "daily", "Each machine's day",
    (
        Column("machine_id", "string", "Machine", nullable=False),
        Column("day", "date", "UTC date", nullable=False),
        Column("mean_c", "double", "Mean temperature", unit="C"),
    ),
    key=("machine_id", "day"), partition_by=("day",),
)  # fmt: skip
OLDER = Table("gold", "daily", "Days", DAILY.columns[:2], key=DAILY.key, partition_by=DAILY.partition_by)


def said(folder: Path) -> tuple[str, str, dict[str, dict[str, str]]]:
    delta = DeltaTable(folder)
    found = delta.metadata()
    return found.name, found.description, {field.name: dict(field.metadata) for field in delta.schema().fields}


WORDS = (
    "gold.daily",
    "Each machine's day",
    {
        "machine_id": {"comment": "Machine"},
        "day": {"comment": "UTC date"},
        "mean_c": {"comment": "Mean temperature [C]", "unit": "C"},
    },
)


def undescribed(root: Path) -> Path:
    """A table as it was made before tables said what they mean, with rows."""
    folder = root / "gold" / "daily"
    rows = pa.table({"machine_id": ["m1"], "day": pa.array([0], pa.date32()), "mean_c": [1.5]})
    write_deltalake(folder, rows, partition_by=["day"], configuration={"delta.enableDeletionVectors": "false"})
    return folder


def test_a_described_table_of_old_learns_how_often_its_log_is_summed_up_and_one_that_says_so_keeps_it(
    tmp_path: Path,
) -> None:
    folder = undescribed(tmp_path)
    DeltaTable(folder).alter.set_table_properties({"delta.checkpointInterval": "7"})
    describe(DAILY, storage_at(folder))

    assert not describe(DAILY, storage_at(folder))
    assert DeltaTable(folder).metadata().configuration["delta.checkpointInterval"] == "7"


def test_a_reader_opens_ten_commits_at_most_beside_the_checkpoint(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    for number in range(25):
        record_metadata(lake, DAILY, CommitMetadata(batch=number))

    log = tmp_path / "gold" / "daily" / "_delta_log"
    newest = max(int(path.name.partition(".")[0]) for path in log.glob("*.checkpoint.parquet"))
    assert 0 <= (lake.version(DAILY) or 0) - newest < 10


def test_a_new_table_says_what_it_and_its_columns_mean(tmp_path: Path) -> None:
    make_table(Lake(tmp_path), DAILY)

    assert said(tmp_path / "gold" / "daily") == WORDS


def test_an_old_table_learns_it_in_one_commit_without_data(tmp_path: Path) -> None:
    folder = undescribed(tmp_path)
    before = DeltaTable(folder)

    assert describe(DAILY, storage_at(folder))

    after = DeltaTable(folder)
    assert said(folder) == WORDS
    assert after.version() == before.version() + 1
    assert after.file_uris() == before.file_uris()
    assert after.metadata().configuration == {**before.metadata().configuration, "delta.checkpointInterval": "10"}
    assert after.metadata().id == before.metadata().id
    assert after.to_pyarrow_table().equals(before.to_pyarrow_table())
    assert Lake(tmp_path).content_version(DAILY) == 0
    assert not describe(DAILY, storage_at(folder))
    assert DeltaTable(folder).version() == after.version()


def test_what_a_killed_run_left_in_the_log_is_removed(tmp_path: Path) -> None:
    folder = undescribed(tmp_path)
    draft = folder / "_delta_log" / ".00000000000000000001.1.draft"
    draft.write_text('{"commitInfo"')

    assert DeltaTable(folder).version() == 0
    describe(DAILY, storage_at(folder))

    assert not draft.exists()
    assert said(folder) == WORDS


def test_a_commit_of_another_process_is_never_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = undescribed(tmp_path)
    other = folder / "_delta_log" / f"{1:020d}.json"

    def meanwhile() -> float:
        other.write_text("theirs")
        return 0.0

    monkeypatch.setattr("lakehouse.commit_writing.time", SimpleNamespace(time=meanwhile))

    with pytest.raises(FileExistsError):
        describe(DAILY, storage_at(folder))
    assert other.read_text() == "theirs"


def test_a_new_table_is_described_and_is_not_opened_to_see_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Lake(tmp_path)
    make_table(made, DAILY)
    monkeypatch.delattr("lakehouse.descriptions.newest_table")

    assert not describe(DAILY, made.storage_of(DAILY))


def test_a_new_column_comes_with_its_meaning(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    make_table(lake, OLDER)

    record_metadata(lake, DAILY, CommitMetadata(batch=1))

    assert said(tmp_path / "gold" / "daily")[2] == WORDS[2]


def test_a_column_that_the_contract_does_not_know_keeps_its_words(tmp_path: Path) -> None:
    make_table(Lake(tmp_path), DAILY)

    describe(OLDER, storage_at(tmp_path / "gold" / "daily"))

    assert said(tmp_path / "gold" / "daily") == ("gold.daily", "Days", WORDS[2])


def test_a_table_with_features_that_are_not_ours_is_left_alone(tmp_path: Path) -> None:
    folder = undescribed(tmp_path)
    DeltaTable(folder).alter.add_feature(TableFeatures.AppendOnly, allow_protocol_versions_increase=True)
    version = DeltaTable(folder).version()

    assert not describe(DAILY, storage_at(folder))
    assert DeltaTable(folder).version() == version


def test_later_writes_leave_the_words(tmp_path: Path) -> None:
    lake, folder = Lake(tmp_path), tmp_path / "gold" / "daily"
    rows = pa.table({"machine_id": ["m1"], "day": pa.array([0], pa.date32()), "mean_c": [1.5]})

    batch = audit_rows(rows, DAILY, lake, "some rows")
    put_rows(lake, batch, None, CommitMetadata(), Transaction("one"))
    put_rows(lake, batch, "true", CommitMetadata())
    record_metadata(lake, DAILY, CommitMetadata(batch=1))
    DeltaTable(folder).optimize.compact()

    assert said(folder) == WORDS


@pytest.mark.spark
def test_spark_shows_the_words_and_its_writes_leave_them(spark: SparkSession, tmp_path: Path) -> None:
    lake, folder = Lake(tmp_path), undescribed(tmp_path)
    describe(DAILY, storage_at(folder))
    place = f"delta.`{folder}`"
    rows = pa.table({"machine_id": ["m2"], "day": pa.array([0], pa.date32()), "mean_c": [2.5]})

    with audited_rows(lake, DAILY, rows) as batch:
        append_files(lake, batch, Transaction("append"), CommitMetadata())
    spark.sql(f"DELETE FROM {place} WHERE machine_id = 'm1'")
    spark.sql(f"OPTIMIZE {place}")

    described = {row["col_name"]: row["comment"] for row in spark.sql(f"DESCRIBE TABLE {place}").collect()}
    assert described["mean_c"] == "Mean temperature [C]"
    assert spark.sql(f"DESCRIBE DETAIL {place}").first()["description"] == "Each machine's day"
    assert said(folder) == WORDS
    assert [row.machine_id for row in lake.read(spark, DAILY).collect()] == ["m2"]


def test_every_table_of_a_plant_has_words_for_each_column() -> None:
    for table in tables(load_profile("azure_pdm")).values():
        assert table.description
        assert all(column.description for column in table.columns), table.name
    assert FRESHNESS.description
