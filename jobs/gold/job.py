"""Gold brought up to silver: daily tables, features and labels of exactly the dates that new silver rows touch."""

from datetime import datetime
from functools import partial

from expectations.tables.silver import BUCKETS, QUARANTINE
from jobs.diagnosis.emptiness import why_empty
from jobs.gold import (
    downtime_recipes,
    gateway_recipe,
    intervention_recipe,
    now_recipes,
    reconciliation_recipe,
    safety_recipes,
)
from jobs.gold.recipes import recipes
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import show
from jobs.runtime.report import RunReport
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from jobs.silver.key_form import check_key_form
from lakehouse.engine.tasks import Engine
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import Replaced
from lakehouse.publish.rebuild import in_order, rebuild
from lakehouse.publish.recipe import AnyRecipe
from lakehouse.publish.stale import is_behind


def update_stale(settings: Settings, as_of: datetime) -> RunReport:
    """Bring gold up to silver. Nothing new opens no engine.

    Raises:
        GateRefused: A table's new content breaks its contract; that table stays at the version it had.
        UsageError: Silver is of older code and has to be rebuilt first.
    """
    plant = open_plant(settings)
    dated, safety = recipes(plant, as_of), safety_recipes.due(plant)
    tables: tuple[AnyRecipe, ...] = (*dated, *_others(plant))
    is_empty = not safety and not any(map(plant.lake.dates, (BUCKETS, *(recipe.target for recipe in dated))))
    # Where no reading was accepted, what came of each gateway is of all the more interest.
    if is_empty and not (plant.lake.exists(QUARANTINE) and plant.lake.row_count(QUARANTINE)):
        why = why_empty(settings, plant, BUCKETS.name)
        return RunReport("gold", changed=False, lines=(f"gold: nothing to build from, {BUCKETS.name} is empty: {why}",))
    if not any(is_behind(plant.lake, recipe) for recipe in tables):
        return RunReport("gold", changed=False, lines=("gold: nothing new in silver",))
    with session_when_needed(settings) as engine:
        return update(engine, plant, as_of)


def update(engine: Engine, plant: Plant, as_of: datetime) -> RunReport:
    """Every table in the order in which they feed each other. Raises: as `update_stale`."""
    check_key_form(plant)
    done: dict[str, Replaced] = {}
    order = in_order((*recipes(plant, as_of), *_others(plant)))
    for number, recipe in enumerate(order, start=1):
        begins = partial(show, recipe.target.name, number, len(order))
        if replaced := rebuild(engine, plant.lake, recipe, begins):
            done[recipe.target.name] = replaced
    lines = tuple(f"gold: {name}: {_what(plant, name, replaced)}" for name, replaced in done.items())
    data = {"dates": {name: len(replaced.dates) for name, replaced in done.items()}}
    is_changed = any(replaced.changed for replaced in done.values())
    return RunReport("gold", changed=is_changed, lines=lines or ("gold: nothing new in silver",), data=data)


def _others(plant: Plant) -> tuple[AnyRecipe, ...]:
    """Tables that are rebuilt as a whole, and those by the dates of records as they came."""
    return (
        *intervention_recipe.due(plant), *downtime_recipes.recipes(plant), *safety_recipes.due(plant),
        *now_recipes.due(plant), reconciliation_recipe.recipe(plant), *gateway_recipe.due(plant),
    )  # fmt: skip


def _what(plant: Plant, name: str, replaced: Replaced) -> str:
    """What a rebuild did, in words; a table without partitions is replaced as a whole."""
    if plant.tables[name].partition_by:
        return f"{len(replaced.dates)} dates replaced"
    return "replaced" if replaced.changed else "unchanged"
