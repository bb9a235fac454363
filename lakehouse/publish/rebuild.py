"""Derived tables rebuilt from their recipes: in the order of their sources, and replaced where they differ."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter

from lakehouse.arrow_reading import by_contract
from lakehouse.changes import versions_of
from lakehouse.engine.tasks import Engine
from lakehouse.lake import Lake
from lakehouse.publish.appended import append_missing
from lakehouse.publish.changed_partitions import Replaced, replace_changed_table
from lakehouse.publish.rebuilt_dates import rebuild_dates
from lakehouse.publish.rebuilt_keys import rebuild_keys
from lakehouse.publish.recipe import AnyRecipe, AppendRecipe, KeyedRecipe, Recipe, WholeInputs, WholeRecipe
from lakehouse.publish.stale import keyed_work_of, last_build, whole_is_behind, work_of


def in_order(recipes: Sequence[AnyRecipe]) -> list[AnyRecipe]:
    """The recipes as given, but each after those of its sources.

    Raises:
        CycleError: Tables follow from each other.
    """
    by_target = {recipe.target.name: recipe for recipe in recipes}
    given = list(by_target)
    names = {name: [source.name for source in one.sources if source.name in given] for name, one in by_target.items()}
    sorter = TopologicalSorter(names)
    sorter.prepare()
    ready, order = list[str](), list[str]()
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()], key=given.index)
        order.append(ready.pop(0))
        sorter.done(order[-1])
    return [by_target[name] for name in order]


def rebuild(
    engine: Engine, lake: Lake, recipe: AnyRecipe, begins: Callable[[], None] = lambda: None
) -> Replaced | None:
    """Rebuild what may differ of a table and replace, in one commit, what does; None where it is not behind.

    The commit records the sources' versions, also where no row changed. Killed before it, the next run finds the table
    behind as before and does the same again.

    Args:
        engine: Gives a session, where there is much to do.
        lake: The lake.
        recipe: How the table follows from others.
        begins: Called before the work of a table that is behind.

    Raises:
        GateRefused: The new content breaks the table's contract; nothing was replaced.
    """
    if not isinstance(recipe, Recipe):
        return rebuild_here(lake, recipe, begins)
    work = work_of(lake, recipe)
    if work is None:
        return None
    begins()
    return rebuild_dates(engine, lake, recipe, work)


def rebuild_here(
    lake: Lake, recipe: WholeRecipe | KeyedRecipe | AppendRecipe, begins: Callable[[], None] = lambda: None
) -> Replaced | None:
    """As `rebuild`, of what this process does without an engine."""
    done = _work(lake, recipe)
    if done is None:
        return None
    begins()
    return done()


def _work(lake: Lake, recipe: WholeRecipe | KeyedRecipe | AppendRecipe) -> Callable[[], Replaced] | None:
    """What does the work that there is; None where there is none."""
    if isinstance(recipe, WholeRecipe):
        return (lambda: _rebuild_whole(lake, recipe)) if whole_is_behind(lake, recipe) else None
    if isinstance(recipe, KeyedRecipe):
        keyed = keyed_work_of(lake, recipe)
        return None if keyed is None else lambda: rebuild_keys(lake, recipe, keyed)
    work = work_of(lake, recipe)
    return None if work is None else lambda: append_missing(lake, recipe, work)


def _rebuild_whole(lake: Lake, recipe: WholeRecipe) -> Replaced:
    metadata = replace(recipe.values, built_from=versions_of(lake, *recipe.sources, *recipe.logs))
    given = whole_inputs(lake, recipe)
    rows = recipe.build(given)
    return replace_changed_table(lake, recipe.target, rows, metadata, time=recipe.time, derived=recipe.derived)


def whole_inputs(lake: Lake, recipe: WholeRecipe) -> WholeInputs:
    """What the build is given now."""
    columns = {source.name: list(recipe.columns.get(source.name, source.column_names)) for source in recipe.sources}
    tables = {
        source.name: by_contract(lake.arrow(source, columns[source.name]), source).select(columns[source.name])
        for source in recipe.sources
    }
    logs = {table.name: lake.commits(table) for table in recipe.logs}
    return WholeInputs(tables, logs, lake.arrow(recipe.target), last_build(lake, recipe.target))
