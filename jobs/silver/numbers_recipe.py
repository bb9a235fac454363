"""How `silver.sequence_ranges` follows from the records of readings and from what was set aside of them."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import coded
from expectations.tables.reconciliation import SEQUENCE_RANGES
from expectations.tables.silver import QUARANTINE
from jobs.gold.rules_basis import RulesBasis, digest_of
from jobs.silver.path_versions import replaced_readings
from jobs.silver.repaired import repairs
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
        return sequence_ranges.build(in_use(plant, given.rows), given.tables[QUARANTINE.name], given.dates)

    return Recipe(
        SEQUENCE_RANGES, Timed(plant.tables["bronze.readings"], "measured_at"), sequence_ranges.READS, build,
        beside=(Beside(Timed(QUARANTINE, "measured_at"), sequence_ranges.ASIDE_READS),),
        values=RulesBasis(digest_of(sequence_ranges.READS)),
    )  # fmt: skip


def in_use(plant: Plant, rows: pa.Table) -> pa.Table:
    """Rows with `_file_id` without those of contents that were read again since, and of repairs that were undone."""
    gone = {*replaced_readings(plant), *repairs(plant).undone}
    return rows.filter(pa.array(~coded(rows, "_file_id").each(gone.__contains__, np.bool_))) if gone else rows
