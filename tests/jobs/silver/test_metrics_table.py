"""`silver.metrics` says what the profile says, and follows it."""

from pathlib import Path
from typing import Any

import pytest

from expectations.plant.file import load_profile
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.silver.job import refine_new
from jobs.silver.metrics_table import metric_rows
from tests.support.small_plant import write_small_plant


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    plant = str(write_small_plant(tmp_path))
    return Settings(lake=tmp_path / "lake", landing=tmp_path / "landing", plant=plant, state=tmp_path / "state")


def silver(settings: Settings) -> RunReport:
    return refine_new(settings)


def rows(settings: Settings) -> list[dict[str, Any]]:
    plant = load_plant(settings)
    found: list[dict[str, Any]] = plant.lake.arrow(plant.tables["silver.metrics"]).to_pylist()
    return sorted(found, key=lambda row: (row["metric"], row["machine_model"] or "", row["machine_id"] or ""))


def test_each_metric_is_a_row_and_each_override_another(settings: Settings) -> None:
    report = silver(settings)

    assert report.changed
    assert "silver: silver.metrics rebuilt" in report.lines
    found = [(row["metric"], row["machine_model"], row["machine_id"], row["maximum"]) for row in rows(settings)]
    assert found == [
        ("pressure", None, None, 500.0),
        ("pressure", None, "M2", 500.0),
        ("temperature", None, None, 200.0),
        ("temperature", "HOT", None, 400.0),
    ]
    pressure = rows(settings)[1]
    assert (pressure["unit"], pressure["quantity"], pressure["resolution"]) == ("bar", "pressure", 0.001)
    assert (pressure["warning_below"], pressure["warning_above"]) == (2.0, None)


def test_the_next_run_writes_nothing(settings: Settings) -> None:
    silver(settings)
    before = {path: path.stat().st_mtime_ns for path in settings.lake.rglob("*")}

    assert not silver(settings).changed
    assert {path: path.stat().st_mtime_ns for path in settings.lake.rglob("*")} == before


def test_a_profile_that_says_otherwise_is_followed(settings: Settings) -> None:
    silver(settings)
    profile = Path(settings.plant) / "profile.toml"
    profile.write_text(profile.read_text().replace("warning_above = 100", "warning_above = 90"))

    assert silver(settings).changed
    assert [row["warning_above"] for row in rows(settings) if row["metric"] == "temperature"] == [90.0, 190.0]


@pytest.mark.parametrize("plant", ["azure_pdm", "simulated", "xep_factory"])
def test_every_metric_of_a_plant_has_its_row(plant: str) -> None:
    profile = load_profile(plant)
    plain = {row["metric"]: row for row in metric_rows(profile) if row["machine_model"] is row["machine_id"] is None}

    assert {name: (row["unit"], row["resolution"]) for name, row in plain.items()} == {
        name: (metric.unit, metric.resolution) for name, metric in profile.metrics.items()
    }
