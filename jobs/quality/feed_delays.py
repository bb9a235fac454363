"""How `gold.feed_delays` follows from the ledger, the events as they arrived, and the delays of the profile."""

from typing import Any

from expectations.plant.plant_profile import EVENT_FEEDS, EVENT_KINDS
from expectations.tables.bronze import FILES
from expectations.tables.gold_delays import FEED_DELAYS
from gold import feed_delays
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.rebuild import whole_inputs
from lakehouse.publish.recipe import WholeInputs, WholeRecipe


def observed_delays(plant: Plant) -> WholeRecipe:
    """From every file and event; the delays are recorded of all kinds, so that one that is gone is noticed too."""
    tables = {feed: plant.tables[f"bronze.{feed}"] for feed in EVENT_FEEDS}
    columns = {table.name: feed_delays.OF_EVENTS for table in tables.values()}

    def build(given: WholeInputs) -> Any:
        events = {feed: given.tables[table.name] for feed, table in tables.items()}
        return feed_delays.build(given.tables[FILES.name], events, plant.profile)

    return WholeRecipe(
        FEED_DELAYS, (FILES, *tables.values()), build,
        values=CommitMetadata(delays={kind: plant.profile.delay_s(kind) for kind in EVENT_KINDS}),
        columns={**columns, FILES.name: feed_delays.OF_FILES},
    )  # fmt: skip


def delays_now(plant: Plant) -> list[dict[str, Any]]:
    """The rows as they should be now, whatever the table has."""
    recipe = observed_delays(plant)
    rows: list[dict[str, Any]] = recipe.build(whole_inputs(plant.lake, recipe)).to_pylist()
    return rows
