"""How `silver.sequence_ranges` follows from the records of readings and from what was set aside of them."""

from collections.abc import Sequence

import pyarrow as pa

from expectations.tables.reconciliation import SEQUENCE_RANGES
from expectations.tables.silver import QUARANTINE
from lakehouse.plant import Plant
from lakehouse.publish.recipe import Beside, Inputs, Recipe
from lakehouse.publish.timed import Timed
from silver import sequence_ranges


def due(plant: Plant) -> Sequence[Recipe]:
    """The recipe where readings have landed."""
    tables = (plant.tables["bronze.readings"], SEQUENCE_RANGES)
    return (recipe(plant),) if any(map(plant.lake.row_count, tables)) else ()


def recipe(plant: Plant) -> Recipe:
    """The records of a date, as it is stated, tell its numbers."""

    def build(given: Inputs) -> pa.Table:
        return sequence_ranges.build(given.rows, given.tables[QUARANTINE.name], given.dates)

    return Recipe(
        SEQUENCE_RANGES, Timed(plant.tables["bronze.readings"], "measured_at"), sequence_ranges.READS, build,
        beside=(Beside(Timed(QUARANTINE, "measured_at"), sequence_ranges.ASIDE_READS),),
    )  # fmt: skip
