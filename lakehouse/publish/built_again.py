"""What a recipe gives from a lake, part by part, beside what the table holds; nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from lakehouse.arrow_reading import by_contract
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.publish.rebuild import whole_inputs
from lakehouse.publish.rebuilt_dates import built_dates
from lakehouse.publish.recipe import KeyedRecipe, Recipe, WholeRecipe

BuildRecipe: TypeAlias = Recipe | KeyedRecipe | WholeRecipe


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table: of a date, or all where `day` is None; as they are stored, and as they come out again."""

    day: date | None
    stored: "pa.Table"
    built: "pa.Table"


def possible_dates(lake: Lake, recipe: Recipe) -> set[date]:
    """The dates for which the first source may have rows."""
    return {near for day in recipe.source.dates(lake) for near in recipe.source.given(day)}


def built_again(
    then: Lake, target: Lake, recipe: BuildRecipe, metadata: CommitMetadata, dates: Sequence[date]
) -> Iterator[Part]:
    """Each of the dates of a table by date; of others the whole.

    Args:
        then: The sources; of the target what was there before the build.
        target: The target as it is compared.
        recipe: How the table follows from its sources; its functions read the same lake.
        metadata: The values that the rows followed from.
        dates: Which dates.
    """
    if not isinstance(recipe, Recipe):
        stored = by_contract(target.arrow(recipe.target), recipe.target)
        yield Part(None, stored, by_contract(_whole(then, recipe), recipe.target))
        return
    stored_of, missing = target.by_date(recipe.target), set(dates)
    for day, rows in built_dates(then, recipe, dates, metadata):
        missing.remove(day)
        yield Part(day, by_contract(stored_of(day), recipe.target), rows)
    for day in sorted(missing):
        yield Part(day, by_contract(stored_of(day), recipe.target), _nothing(recipe.target))


def _whole(then: Lake, recipe: KeyedRecipe | WholeRecipe) -> "pa.Table":
    if isinstance(recipe, WholeRecipe):
        return recipe.build(whole_inputs(then, recipe))
    return recipe.build(
        {
            source.name: by_contract(then.arrow(source, list(columns)), source).select(list(columns))
            for source, columns in recipe.columns.items()
        }
    )


def _nothing(table: Table) -> "pa.Table":
    return arrow_schema(table).empty_table()
