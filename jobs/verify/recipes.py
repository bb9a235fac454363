"""Who declares the recipe of which table: one function for each group of tables, asked with the plant of then."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from jobs.drift import recipes as drift
from jobs.edge import score_quarantine
from jobs.gold import (
    downtime_recipes,
    gateway_recipe,
    intervention_recipe,
    now_recipes,
    reconciliation_recipe,
    safety_recipes,
)
from jobs.gold import recipes as gold
from jobs.quality.feed_delays import observed_delays
from jobs.quality.missed_cases import missed_failures
from jobs.quality.missed_features import missed_features
from jobs.quality.performance import performance
from jobs.quality.recipes import data_quality
from jobs.quality.savings import savings
from jobs.quality.stages import alarm_stages
from jobs.silver import numbers_recipe, vibration_recipe
from jobs.silver import recipes as silver
from lakehouse.plant import Plant
from lakehouse.publish.built_again import BuildRecipe
from lakehouse.publish.recipe import AnyRecipe, AppendRecipe

Maker = Callable[[Plant], Iterable[AnyRecipe]]
_ANY_CLOCK = datetime(1970, 1, 1, tzinfo=UTC)  # the closed grid times are those that the commit names

MAKERS: tuple[Maker, ...] = (
    silver.master_data,
    lambda plant: (silver.safety_events(plant), *silver.small_feeds(plant)),
    silver.declared,
    silver.of_readings,
    silver.counters,
    lambda plant: (vibration_recipe.recipe(plant), numbers_recipe.recipe(plant)),
    lambda plant: gold.recipes(plant, _ANY_CLOCK),
    lambda plant: (intervention_recipe.recipe(plant),),
    downtime_recipes.recipes,
    safety_recipes.recipes,
    now_recipes.recipes,
    lambda plant: (reconciliation_recipe.recipe(plant), *gateway_recipe.recipes(plant)),
    lambda plant: (score_quarantine.quarantine(plant),),
    lambda plant: (data_quality(plant), observed_delays(plant)),
    lambda plant: (savings(plant),) if plant.profile.has_costs else (),
    lambda plant: (performance(plant), missed_failures(plant), missed_features(plant), alarm_stages(plant)),
    drift.recipes,
)


def makers(plant: Plant) -> Mapping[str, Maker]:
    """Table -> who declares its recipe, in the order in which tables follow each other."""
    return {recipe.target.name: maker for maker in MAKERS for recipe in _built(maker, plant)}


def recipe_of(maker: Maker, plant: Plant, name: str) -> BuildRecipe:
    """The recipe of a table on the lake of a plant."""
    return next(recipe for recipe in _built(maker, plant) if recipe.target.name == name)


def _built(maker: Maker, plant: Plant) -> list[BuildRecipe]:
    """Those of its recipes whose tables are a function of the sources, not of what was appended before."""
    return [recipe for recipe in maker(plant) if not isinstance(recipe, AppendRecipe)]
