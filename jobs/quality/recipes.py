"""How `gold.data_quality` follows from the ledger, the feeds, what was set aside, and the commits of readings."""

from datetime import UTC, datetime
from typing import Any

from expectations.feeds import FEEDS, READINGS
from expectations.plant.plant_profile import StoragePrices
from expectations.tables.bronze import FILES
from expectations.tables.gold import DATA_QUALITY, PREDICTIONS_QUARANTINE
from expectations.tables.gold_costs import STORAGE_COSTS
from expectations.tables.silver import EVENTS_QUARANTINE, READINGS_TABLE
from gold import storage_costs as gold_storage
from jobs.quality import accounting
from jobs.quality.live_files import live_files
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.rebuild import whole_inputs
from lakehouse.publish.recipe import WholeRecipe
from lakehouse.publish.rows import arrow_rows


def data_quality(plant: Plant) -> WholeRecipe:
    """Readings are counted by silver's commits, the other feeds by their rows."""
    feeds = {feed.name: plant.tables[f"bronze.{feed.name}"] for feed in FEEDS.values() if feed is not READINGS}
    columns = {table.name: accounting.columns_of(FEEDS[name], table) for name, table in feeds.items()}
    share = plant.profile.alert_share
    return WholeRecipe(
        DATA_QUALITY, (FILES, EVENTS_QUARANTINE, PREDICTIONS_QUARANTINE, *feeds.values()),
        lambda given: arrow_rows(accounting.data_quality_rows(given, share), DATA_QUALITY),
        values=CommitMetadata(alert_share=share), logs=(READINGS_TABLE,),
        columns={
            **columns, FILES.name: accounting.OF_FILES, EVENTS_QUARANTINE.name: accounting.OF_QUARANTINE,
            PREDICTIONS_QUARANTINE.name: accounting.OF_SCORES_ASIDE,
        },
    )  # fmt: skip


def storage_costs(plant: Plant, prices: StoragePrices, as_of: datetime) -> WholeRecipe:
    """The live files of every table but this one, which each check would change."""
    files = live_files(plant, but=STORAGE_COSTS)
    return WholeRecipe(
        STORAGE_COSTS, (), lambda given: gold_storage.build(given.stored, files, as_of.astimezone(UTC).date(), prices)
    )


def data_quality_rows(plant: Plant) -> list[dict[str, Any]]:
    """The rows as they should be now, by batch and feed, whatever the table has."""
    rows: list[dict[str, Any]] = accounting.data_quality_rows(
        whole_inputs(plant.lake, data_quality(plant)), plant.profile.alert_share
    )
    return rows
