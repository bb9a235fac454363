"""A metric that the profile gets later: its column joins the tables that stand, and old rows stay null."""

from datetime import date

import pytest

from expectations.features import features_of
from expectations.tables.bronze import FILES
from lakehouse.engine.server import EngineAddress
from lakehouse.errors import UsageError
from tests.support.plane import Plane
from tests.support.small_plant import lines, write_small_plant

pytestmark = pytest.mark.spark
OLD, NEW = date(2026, 3, 1), date(2026, 3, 3)
HUMIDITY = """
[metrics.humidity]
unit = "%"
resolution = 0.1
"""


@pytest.fixture(scope="module")
def plane(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> Plane:
    """A day of temperatures, then a new line in the profile, then a day of both."""
    root = tmp_path_factory.mktemp("metric")
    plane = Plane(root, engine.remote, str(write_small_plant(root)))
    plane.land("lines/old.jsonl", lines(f"{OLD}T00:00:00+00:00", 40))
    plane.run()
    write_small_plant(root, HUMIDITY)
    plane.land("lines/new.jsonl", lines(f"{NEW}T00:00:00+00:00", 40))
    plane.land("lines/humid.jsonl", lines(f"{NEW}T00:00:00+00:00", 40, sensor="H1", metric="humidity", unit="%"))
    plane.run()
    return plane


def test_features_of_the_new_metric_are_null_in_old_rows_and_there_in_new_ones(plane: Plane) -> None:
    (mean,) = (feature.name for feature in features_of(plane.plant.profile) if feature.name.startswith("humidity_mean"))
    rows = plane.rows("gold.machine_features")

    assert {row[mean] for row in rows if row["scored_date"] == OLD} == {None}
    assert any(row[mean] is not None for row in rows if row["scored_date"] == NEW)


def test_days_have_the_new_metric_and_old_ones_are_not_written_again(plane: Plane) -> None:
    days = {row["local_date"]: row["humidity_mean_pct"] for row in plane.rows("gold.machine_daily")}
    written = plane.plant.lake.content_commits(plane.plant.tables["gold.machine_daily"])[-1].metadata.dates

    assert days[OLD] is None
    assert days[NEW] is not None
    assert OLD not in (written or ())


def test_the_ledger_has_the_conventions_of_old_and_new_metrics(plane: Plane) -> None:
    found = [commit.metadata.conventions for commit in plane.plant.lake.commits(FILES)]
    metrics = [conventions.metrics for conventions in found if conventions is not None]

    old = {"temperature": ("C", 0.01), "pressure": ("bar", 0.001)}
    assert metrics == [old, {**old, "humidity": ("%", 0.1)}]


def test_a_job_refuses_another_resolution_and_writes_nothing(plane: Plane) -> None:
    before = plane.snapshot()
    profile = plane.root / "small/profile.toml"
    standing = profile.read_text()

    profile.write_text(standing.replace("resolution = 0.1", "resolution = 0.5"))

    with pytest.raises(UsageError, match=r"humidity is counted in steps of 0\.1 % there, the profile says 0\.5 %"):
        plane.ingest()
    profile.write_text(standing)
    assert plane.snapshot() == before


def test_nothing_is_written_when_it_runs_again(plane: Plane) -> None:
    before = plane.snapshot()

    plane.run()

    assert plane.snapshot() == before
