"""The pipelines that are compared do the same work: equal accounts on a small set."""

from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from bench import duckdb_pipeline, ours
from bench.accounts import check_equal
from bench.data_plane import AS_OF, size
from bench.landing import write_landing
from expectations.plant.file import load_profile


@pytest.mark.spark
def test_duckdb_by_hand_accounts_as_our_jobs_do(spark: SparkSession, tmp_path: Path) -> None:
    landing = write_landing(tmp_path / "landing", 30_000, files=3)

    settings = ours.settings_of(tmp_path / "ours", landing.folder)
    _, accounts, _ = ours.run(spark, settings, AS_OF)
    audits_s = ours.audits_alone(spark, settings)
    _, theirs = duckdb_pipeline.run(landing.folder, tmp_path / "duckdb", load_profile(ours.PLANT), AS_OF)

    check_equal(accounts, theirs, "DuckDB")
    assert accounts.rejected == landing.rejected
    assert min(accounts.accepted, accounts.duplicate, audits_s, *accounts.quarantined.values()) > 0


def test_pipelines_with_other_accounts_are_not_compared(tmp_path: Path) -> None:
    landing = write_landing(tmp_path / "landing", 2_000, files=1)
    _, accounts = duckdb_pipeline.run(landing.folder, tmp_path / "out", load_profile(ours.PLANT), AS_OF)

    with pytest.raises(SystemExit, match="accounts in another way"):
        check_equal(accounts, replace(accounts, buckets=accounts.buckets + 1), "another")
    with pytest.raises(SystemExit, match="are accounted for"):
        check_equal(replace(accounts, records=accounts.records + 1), accounts, "another")


@pytest.mark.parametrize(("text", "lines"), [("400000", 400_000), ("400k", 400_000), ("4M", 4_000_000)])
def test_sizes_may_be_written_short(text: str, lines: int) -> None:
    assert size(text) == lines
