"""Whether derived tables are behind their sources, and on which dates: read from the log alone."""

from dataclasses import dataclass, fields, replace
from datetime import date

from expectations.tables.contract import Table
from lakehouse.changes import versions_of
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.publish.changed_partitions import are_same
from lakehouse.publish.recipe import AnyRecipe, Built, Recipe, WholeRecipe


@dataclass(frozen=True, slots=True)
class Work:
    """What a rebuild has to do.

    Attributes:
        dates: Dates of the target whose rows may differ from what its sources give now, in order.
        metadata: What its commit says: the versions of the sources, and what else the rows follow from.
    """

    dates: tuple[date, ...]
    metadata: CommitMetadata


def is_behind(lake: Lake, recipe: AnyRecipe) -> bool:
    """Whether a rebuild might change the table."""
    if isinstance(recipe, Recipe):
        return work_of(lake, recipe) is not None
    return whole_is_behind(lake, recipe)


def work_of(lake: Lake, recipe: Recipe) -> Work | None:
    """What there is to rebuild; None where no source changed, or none is there yet."""
    versions = versions_of(lake, *recipe.sources)
    if not versions:
        return None
    built = _built(lake, recipe)
    values = recipe.values.now(built)
    found = [reach.stale(built) for reach in (recipe.source, *recipe.others)] + [recipe.values.stale(built, values)]
    known = [dates for dates in found if dates is not None]
    if not known:
        return None
    dates = built.dates.intersection(set().union(*known))
    return Work(tuple(sorted(dates)), replace(values, built_from=versions))


def _built(lake: Lake, recipe: Recipe) -> Built:
    """What is known of the target."""

    def dates() -> set[date]:
        given = {near for day in _dates(lake, recipe.source.table) for near in recipe.source.given(day)}
        return given | _dates(lake, recipe.target)

    return Built(lake, _last_build(lake, recipe.target), dates)


def _last_build(lake: Lake, target: Table) -> CommitMetadata | None:
    """Metadata of the newest commit that says what the table follows from; None before the first build."""
    return lake.last(target, lambda metadata: metadata if _is_build(metadata) else None)


def _is_build(metadata: CommitMetadata) -> bool:
    """Compaction and the commit that makes a table say nothing of what it follows from."""
    return replace(metadata, audit=None, created=None, dates=None, since=None) != CommitMetadata()


def whole_is_behind(lake: Lake, recipe: WholeRecipe) -> bool:
    """Whether a source has other rows than at the last build, or values are others."""
    if not recipe.sources:
        return not are_same(recipe.build({}), lake.arrow(recipe.target), recipe.target)
    last = _last_build(lake, recipe.target)
    if last is None:
        return True
    wanted = [part.name for part in fields(recipe.values) if getattr(recipe.values, part.name)]
    if any(getattr(last, name) != getattr(recipe.values, name) for name in wanted):
        return True
    seen = {source: last.built_from.get(source.name, -1) for source in recipe.sources}
    return any(lake.content_commits(source, after=version) for source, version in seen.items())


def _dates(lake: Lake, table: Table) -> set[date]:
    return {date.fromisoformat(day) for day in lake.dates(table)}
