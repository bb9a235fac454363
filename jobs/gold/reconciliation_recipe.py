"""How `gold.reconciliation` follows from the numbers that came, those of records without a row among them."""

import pyarrow as pa

from expectations.tables.bronze import UNREAD_NUMBERS
from expectations.tables.reconciliation import RECONCILIATION, SEQUENCE_RANGES
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
        return reconciliation.build(given.tables[SEQUENCE_RANGES.name], unread, began)

    unread = (*reconciliation.UNREAD_READS, "_file_id")
    return WholeRecipe(
        RECONCILIATION, (SEQUENCE_RANGES, UNREAD_NUMBERS), build,
        columns={SEQUENCE_RANGES.name: reconciliation.READS, UNREAD_NUMBERS.name: unread},
        values=CommitMetadata(rules=digest_of(began)),
    )  # fmt: skip
