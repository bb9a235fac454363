"""How the days of gateways follow from the records of readings, what was set aside of them, and when files came."""

from collections.abc import Sequence

import pyarrow as pa

from expectations.tables.bronze import FILES
from expectations.tables.gold_gateways import CLOCK_SUSPECTS, GATEWAY_DAILY
from expectations.tables.silver import QUARANTINE
from gold import clock_suspects, gateway_daily
from gold.arrivals import OF_FILES
from gold.gateway_readings import ASIDE_READS, READS
from jobs.gold.arrivals_basis import Arrivals, arrivals_of
from jobs.gold.rules_basis import RulesBasis, digest_of
from jobs.silver.numbers_recipe import in_use
from lakehouse.plant import Plant
from lakehouse.publish.recipe import Beside, Inputs, Recipe
from lakehouse.publish.timed import Timed


def due(plant: Plant) -> Sequence[Recipe]:
    """The recipes where readings have landed."""
    tables = (plant.tables["bronze.readings"], GATEWAY_DAILY)
    return recipes(plant) if any(map(plant.lake.row_count, tables)) else ()


def recipes(plant: Plant) -> tuple[Recipe, Recipe]:
    """Readings with a time that can be true, and the others."""
    return recipe(plant), _of_wrong_clocks(plant)


def recipe(plant: Plant) -> Recipe:
    """A day follows from the records that state it, and from the files that have these."""
    profile = plant.profile

    def build(given: Inputs) -> pa.Table:
        rows, aside = in_use(plant, given.rows), given.tables[QUARANTINE.name]
        came = arrivals_of(plant, given.tables[FILES.name])
        return gateway_daily.build(rows, aside, came, given.dates, profile)

    rules = profile.ahead_s, profile.freshness_s, profile.began_at, GATEWAY_DAILY.key, "true days"
    return Recipe(
        GATEWAY_DAILY, Timed(plant.tables["bronze.readings"], "measured_at"), READS, build,
        beside=(Beside(Timed(QUARANTINE, "measured_at"), ASIDE_READS),),
        others=(Arrivals(plant),), small_columns={FILES.name: OF_FILES}, values=RulesBasis(digest_of(*rules)),
    )  # fmt: skip


def _of_wrong_clocks(plant: Plant) -> Recipe:
    """From what was set aside alone: all records of bronze are not read again."""

    def build(given: Inputs) -> pa.Table:
        came = arrivals_of(plant, given.tables[FILES.name])
        return clock_suspects.build(in_use(plant, given.rows), came, given.dates)

    return Recipe(
        CLOCK_SUSPECTS, Timed(QUARANTINE, "measured_at"), clock_suspects.READS, build,
        others=(Arrivals(plant),), small_columns={FILES.name: OF_FILES},
        values=RulesBasis(digest_of(plant.profile.began_at)),
    )  # fmt: skip
