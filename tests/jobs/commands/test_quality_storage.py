"""`assay quality` on a plant whose profile has prices of storage: real tables, their logs, costs and the budget."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.plant.file import PLANTS
from expectations.tables.gold_costs import STORAGE_COSTS
from jobs.alerts.condition import Condition
from jobs.alerts.observing import observe
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from jobs.status.collect import collect
from jobs.status.conditions import conditions_of
from tests.support.commands import assay, snapshot
from tests.support.model_lake import clone, model_settings

HEADER = "datetime,machineID,volt,rotate,pressure,vibration\n"
NOON = datetime(2015, 1, 5, 12, tzinfo=UTC)
PRICES = """
[storage]
hot = "2d"
hot_usd_per_tb = 23_000_000
warm_usd_per_tb = 20_000_000
cold_usd_per_tb = 6_000_000
budget_usd_per_month = 1
"""


def telemetry(hours: range) -> str:
    times = [datetime(2015, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in hours]
    return HEADER + "".join(f"{at:%Y-%m-%d %H:%M:%S},1,170.5,450.25,100.125,40.0625\n" for at in times)


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A lake of four days, of a plant like the Azure one with prices a million times those of a cloud."""
    root = tmp_path_factory.mktemp("priced")
    folder = root / "plant"
    folder.mkdir()
    (folder / "mappings").symlink_to(PLANTS / "azure_pdm" / "mappings")
    (folder / "profile.toml").write_text((PLANTS / "azure_pdm" / "profile.toml").read_text() + PRICES)
    settings = replace(model_settings(root, "auto"), plant=str(folder))
    settings.landing.mkdir()
    (settings.landing / "PdM_telemetry.csv").write_text(telemetry(range(96)))
    for name in ("ingest", "silver", "gold", "quality"):
        assay(settings, name, as_of=NOON)
    return settings


def rows(settings: Settings) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = load_plant(settings).lake.arrow(STORAGE_COSTS).to_pylist()
    return found


def test_the_bytes_are_those_of_the_files_that_the_logs_name(priced: Settings) -> None:
    plant = load_plant(priced)
    live = [
        Path(plant.lake.path(table)) / action["path"]
        for table in plant.tables.values()
        if table.name != STORAGE_COSTS.name
        for action in plant.lake.live_files(table)
    ]

    found = rows(priced)

    assert sum(row["size_bytes"] for row in found) == sum(path.stat().st_size for path in live)
    assert sum(row["file_count"] for row in found) == len(live)
    assert {row["layer"] for row in found} == {"bronze", "silver", "gold"}


def test_readings_are_divided_by_factory_and_age(priced: Settings) -> None:
    """Days of January 1 to 4, checked on the 5th: the 4th is a day old and hot, the others warm."""
    found = {(row["factory_id"], row["tier"]) for row in rows(priced) if row["layer"] == "silver"}

    assert {("azure", "hot"), ("azure", "warm"), (None, "hot"), (None, "warm")} == found
    assert {(row["factory_id"], row["tier"]) for row in rows(priced) if row["layer"] == "bronze"} == {(None, "hot")}


def test_the_budget_is_an_alert_of_the_report(priced: Settings, tmp_path: Path) -> None:
    report = assay(clone(priced, tmp_path), "quality", as_of=NOON)

    cents = sum(row["cost_cents"] for row in rows(priced))
    line = f"quality: ALERT storage costs {cents / 100:,.2f} USD a month; the budget is 1.00 USD"
    assert cents > 100
    assert line in report.lines


def test_the_same_files_again_write_nothing_and_more_of_them_give_a_forecast(priced: Settings, tmp_path: Path) -> None:
    settings = clone(priced, tmp_path)
    before = snapshot(settings.lake)
    assert not assay(settings, "quality", as_of=NOON).changed
    assert snapshot(settings.lake) == before

    (settings.landing / "PdM_telemetry.csv").write_text(telemetry(range(192)))
    later = NOON + timedelta(days=4)
    for name in ("ingest", "silver", "gold", "quality"):
        report = assay(settings, name, as_of=later)

    newest = [row for row in rows(settings) if row["checked_date"] == later.date()]
    assert newest
    assert all(row["forecast_cents"] is not None for row in newest)
    assert any(row["forecast_bytes"] > row["size_bytes"] for row in newest)
    assert any("in 30 days" in line for line in report.lines)


def test_the_budget_is_an_alert_until_it_is_kept(priced: Settings, tmp_path: Path) -> None:
    settings = clone(priced, tmp_path)

    def look() -> list[Condition]:
        return [one for one in conditions_of(collect(settings, NOON)) if one.kind.startswith("storage_")]

    (found,) = look()
    assert (found.key, found.severity.word) == ("storage_budget/month", "warning")
    assert observe(settings.state, "status", [found], NOON).opened == ("storage_budget/month",)

    plant = tmp_path / "rich" / "plant"
    shutil.copytree(settings.plant, plant, symlinks=True)
    profile = plant / "profile.toml"
    profile.write_text(profile.read_text().replace("budget_usd_per_month = 1\n", "budget_usd_per_month = 1e9\n"))
    settings = replace(settings, plant=str(plant))

    assert look() == []
    assert observe(settings.state, "status", look(), NOON).recovered == ("storage_budget/month",)


def test_a_plant_without_prices_has_no_costs(tmp_path: Path) -> None:
    settings = model_settings(tmp_path, "auto")
    settings.landing.mkdir()
    (settings.landing / "PdM_telemetry.csv").write_text(telemetry(range(24)))
    for name in ("ingest", "silver", "quality"):
        report = assay(settings, name, as_of=NOON)

    assert load_plant(settings).lake.row_count(STORAGE_COSTS) == 0
    assert not [line for line in report.lines if "storage" in line]
