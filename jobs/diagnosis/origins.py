"""Where the rows of each table come from: read from the recipes, and from what jobs without one declare."""

from collections.abc import Iterable
from datetime import UTC, datetime

from expectations.tables.contract import Table
from jobs.drift import recipes as drift
from jobs.edge.score_recipe import predictions
from jobs.gold import downtime_recipes, gateway_recipe, intervention_recipe, now_recipes, reconciliation_recipe
from jobs.gold import recipes as gold
from jobs.gold import safety_recipes as safety
from jobs.models.origins import registry_tables
from jobs.silver import numbers_recipe, vibration_recipe
from jobs.silver import recipes as silver
from lakehouse.plant import Plant
from lakehouse.publish.recipe import AnyRecipe, Origin

_ANY_CLOCK = datetime(1970, 1, 1, tzinfo=UTC)  # what a table follows from is the same at every clock


def origins_of(plant: Plant) -> dict[str, tuple[Table, ...]]:
    """Table -> the tables whose rows become its own: while these are all empty, so is it. Bronze follows from files."""
    return {one.target.name: one.origins for one in _declared(plant)}


def _declared(plant: Plant) -> Iterable[AnyRecipe | Origin]:
    yield silver.readings(plant)
    yield from silver.master_data(plant)
    yield silver.safety_events(plant)
    yield from silver.small_feeds(plant)
    yield from silver.of_readings(plant)
    yield vibration_recipe.recipe(plant)
    yield numbers_recipe.recipe(plant)
    yield from silver.counters(plant)
    yield from gold.recipes(plant, _ANY_CLOCK)
    yield intervention_recipe.recipe(plant)
    yield from downtime_recipes.recipes(plant)
    yield from safety.recipes(plant)
    yield from now_recipes.recipes(plant)
    yield reconciliation_recipe.recipe(plant)
    yield from gateway_recipe.recipes(plant)
    yield predictions(plant, None, _ANY_CLOCK)
    yield from registry_tables(plant)
    yield from drift.recipes(plant)
