"""Dates of feature rows that may have changed, from what the tables' logs say."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from expectations.tables.silver import BUCKETS
from jobs.gold.recipes import recipes
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.changes import versions_of
from lakehouse.commit_metadata import CommitMetadata, GridTimes
from lakehouse.plant import Plant
from lakehouse.publish.stale import work_of
from lakehouse.writing.linked_files import replace_dates
from tests.support.arrow_rows import arrow
from tests.support.audited_files import audited_rows
from tests.support.past_the_gate import put_rows
from tests.support.small_plant import write_small_plant

SECOND = date(2026, 3, 2)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    settings = Settings(lake=tmp_path / "lake", landing=tmp_path, plant=str(write_small_plant(tmp_path)))
    plant = load_plant(settings)
    at = datetime(2026, 3, 2, 5, tzinfo=UTC)
    rows = arrow(BUCKETS, {"bucket_at": at, "bucket_date": SECOND})
    put_rows(plant.lake, BUCKETS, rows, CommitMetadata(dates=(SECOND,)))
    return plant


def _build_features(plant: Plant) -> None:
    features = plant.tables["gold.machine_features"]
    at = datetime(2026, 3, 2, 6, tzinfo=UTC)
    grid = GridTimes(closed_until=datetime(2026, 3, 9, tzinfo=UTC))
    metadata = CommitMetadata(built_from=versions_of(plant.lake, BUCKETS), grid=grid)
    put_rows(plant.lake, features, arrow(features, {"scored_at": at, "scored_date": SECOND}), metadata)


def candidates(plant: Plant) -> list[date] | None:
    """Dates of features that may have changed; None where nothing did."""
    (recipe,) = [one for one in recipes(plant, datetime(2026, 3, 9, tzinfo=UTC)) if "features" in one.target.name]
    work = work_of(plant.lake, recipe)
    return None if work is None else list(work.dates)


def test_a_bucket_is_felt_on_its_date_and_the_next_at_first(plant: Plant) -> None:
    assert candidates(plant) == [SECOND, date(2026, 3, 3)]


def test_nothing_new_has_no_candidates(plant: Plant) -> None:
    _build_features(plant)

    assert candidates(plant) is None


def test_rows_of_dates_whose_buckets_are_all_gone_may_have_changed(plant: Plant) -> None:
    _build_features(plant)
    with audited_rows(plant.lake, BUCKETS, plant.lake.arrow(BUCKETS).slice(0, 0)) as nothing:
        replace_dates(plant.lake, nothing, [str(SECOND)], CommitMetadata(dates=(SECOND,)))

    assert plant.lake.dates(BUCKETS) == set()
    assert candidates(plant) == [SECOND]
