"""How `gold.reconciliation` follows from the numbers that came, those of records without a row among them."""

import pyarrow as pa

from expectations.tables.bronze import UNREAD_NUMBERS
from expectations.tables.reconciliation import RECONCILIATION, SEQUENCE_RANGES
from expectations.tables.silver_feeds import SEQUENCE_SUMMARIES
from gold import reconciliation
from jobs.gold.rules_basis import digest_of
from jobs.silver.numbers_recipe import in_use
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe


def recipe(plant: Plant) -> WholeRecipe:
    """Ranges are few, so that all are looked at: a late number closes a gap of any day."""
    began = plant.profile.began_at.date()

    def build(given: WholeInputs) -> pa.Table:
        unread = in_use(plant, given.tables[UNREAD_NUMBERS.name])
        ranges, summaries = given.tables[SEQUENCE_RANGES.name], given.tables[SEQUENCE_SUMMARIES.name]
        return reconciliation.build(ranges, unread, summaries, began)

    unread = (*reconciliation.UNREAD_READS, "_file_id")
    return WholeRecipe(
        RECONCILIATION, (SEQUENCE_RANGES, UNREAD_NUMBERS, SEQUENCE_SUMMARIES), build,
        columns={
            SEQUENCE_RANGES.name: reconciliation.READS, UNREAD_NUMBERS.name: unread,
            SEQUENCE_SUMMARIES.name: reconciliation.SUMMARY_READS,
        },
        values=CommitMetadata(rules=digest_of(began)),
    )  # fmt: skip
