"""How `gold.predictions_quarantine` follows from gateways' scores and the bundles of the lake."""

import pyarrow as pa

from expectations.tables.gold import PREDICTIONS_QUARANTINE
from expectations.tables.gold_savings import BUNDLES
from jobs.edge.known_bundles import KnownBundles
from lakehouse.plant import Plant
from lakehouse.publish.rebuild import rebuild_here
from lakehouse.publish.recipe import WholeInputs, WholeRecipe
from lakehouse.publish.rows import arrow_rows


def quarantine(plant: Plant) -> WholeRecipe:
    """Scores that cannot be taken; one whose bundle becomes known leaves it."""
    edge = plant.tables["bronze.edge_scores"]

    def build(given: WholeInputs) -> pa.Table:
        known = KnownBundles.of(given.tables[BUNDLES.name])
        rows = given.tables[edge.name].to_pylist()
        faulty = [row | {"_faults": known.faults(row)} for row in rows]
        return arrow_rows([row for row in faulty if row["_faults"]], PREDICTIONS_QUARANTINE)

    names = [name for name in PREDICTIONS_QUARANTINE.column_names if name != "_faults"]
    return WholeRecipe(PREDICTIONS_QUARANTINE, (edge, BUNDLES), build, columns={edge.name: names})


def set_aside(plant: Plant) -> int | None:
    """Set aside what cannot be taken; how many scores lie there, None where none does, or the same as before."""
    if not plant.lake.row_count(plant.tables["bronze.edge_scores"]):
        return None
    done = rebuild_here(plant.lake, quarantine(plant))
    return (plant.lake.row_count(PREDICTIONS_QUARANTINE) or None) if done is not None and done.changed else None
