"""`assay pipeline`: the whole road in one process, also where it cannot lead to a model."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.engine.server import EngineAddress
from lakehouse.errors import UsageError
from tests.support.commands import assay, snapshot
from tests.support.model_lake import model_settings

pytestmark = pytest.mark.spark
STEPS = ["ingest", "silver", "gold", "train", "promote", "bundle", "score", "quality", "drift"]


def landed(folder: Path, engine: EngineAddress) -> Settings:
    """Two days of one machine: far too little for a model."""
    settings = model_settings(folder, engine.remote)
    settings.landing.mkdir()
    times = [datetime(2015, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(48)]
    rows = "".join(f"{at:%Y-%m-%d %H:%M:%S},1,170.5,450.25,100.125,40.0625\n" for at in times)
    (settings.landing / "PdM_telemetry.csv").write_text("datetime,machineID,volt,rotate,pressure,vibration\n" + rows)
    return settings


@pytest.fixture(scope="module")
def small(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, RunReport]:
    settings = landed(tmp_path_factory.mktemp("pipeline"), engine)
    return settings, assay(settings, "pipeline")


def test_too_little_data_end_in_gold_tables_and_the_reasons(small: tuple[Settings, RunReport]) -> None:
    settings, report = small
    steps = report.data["steps"]

    assert list(steps) == STEPS
    assert steps["promote"]["verdict"] == "INSUFFICIENT_DATA"
    assert steps["promote"]["reasons"] == steps["train"]["readiness"]
    assert any("No failure is on record" in reason for reason in steps["promote"]["reasons"])
    assert registry.champion(load_plant(settings)) is None
    assert not (settings.lake / "bundles").exists()
    assert steps["quality"]["accounting"]["readings"]["accepted"] == 4 * 48


def test_every_step_says_how_long_it_took(small: tuple[Settings, RunReport]) -> None:
    _, report = small

    assert [line.split()[1] for line in report.lines if line.startswith("pipeline: ")] == STEPS
    assert all(step["seconds"] >= 0 for step in report.data["steps"].values())


def test_the_same_again_writes_nothing(small: tuple[Settings, RunReport]) -> None:
    settings, _ = small
    before = snapshot(settings.lake)

    again = assay(settings, "pipeline")

    assert (again.changed, snapshot(settings.lake)) == (False, before)


@pytest.mark.parametrize(("until", "steps"), [("silver", 2), ("gold", 3)])
def test_it_stops_where_it_is_told_and_accounts_for_what_it_did(
    engine: EngineAddress, tmp_path: Path, until: str, steps: int
) -> None:
    settings = landed(tmp_path, engine)

    report = assay(settings, "pipeline", "--until", until)

    assert list(report.data["steps"]) == [*STEPS[:steps], "quality"]
    assert report.data["steps"]["quality"]["accounting"]["readings"]["records"] == 4 * 48
    plant = load_plant(settings)
    was_built = plant.lake.content_version(plant.tables["gold.machine_features"]) is not None
    assert was_built == (until == "gold")


def test_a_landing_folder_that_is_not_there_is_told(engine: EngineAddress, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"landing folder .* is not there; make it"):
        assay(model_settings(tmp_path, engine.remote), "pipeline")
