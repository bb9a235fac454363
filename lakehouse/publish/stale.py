"""Whether derived tables are behind their sources, and on which dates or keys: read from the log alone where it says.

A recipe by date asks the reach of each source; a keyed one looks at the key in files that came or went.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from expectations.tables.contract import Table
from lakehouse.changes import versions_of
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.publish.changed_keys import changed_keys
from lakehouse.publish.changed_partitions import are_same
from lakehouse.publish.reaches import Built
from lakehouse.publish.recipe import AnyRecipe, AppendRecipe, KeyedRecipe, Recipe, WholeInputs, WholeRecipe


@dataclass(frozen=True, slots=True)
class Work:
    """What a rebuild has to do.

    Attributes:
        dates: Dates of the target whose rows may differ from what its sources give now, in order.
        metadata: What its commit says: the versions of the sources, and what else the rows follow from.
    """

    dates: tuple[date, ...]
    metadata: CommitMetadata


@dataclass(frozen=True, slots=True)
class KeyedWork:
    """What a rebuild by key has to do; `keys` None: all of them. `metadata` as of `Work`."""

    keys: tuple[Any, ...] | None
    metadata: CommitMetadata


def is_behind(lake: Lake, recipe: AnyRecipe) -> bool:
    """Whether a rebuild might change the table."""
    if isinstance(recipe, WholeRecipe):
        return whole_is_behind(lake, recipe)
    if isinstance(recipe, KeyedRecipe):
        return keyed_work_of(lake, recipe) is not None
    return work_of(lake, recipe) is not None


def work_of(lake: Lake, recipe: Recipe | AppendRecipe) -> Work | None:
    """What there is to rebuild; None where no source changed, or none is there yet."""
    versions = _versions(lake, recipe)
    if not versions and isinstance(recipe, Recipe):
        return None
    built = _built(lake, recipe)
    values = recipe.values.now(built)
    found = [reach.stale(built) for reach in recipe.reaches] + [recipe.values.stale(built, values)]
    known = [dates for dates in found if dates is not None]
    if not known:
        return None
    dates = built.dates.intersection(set().union(*known))
    return Work(tuple(sorted(dates)), replace(values, built_from=versions))


def _versions(lake: Lake, recipe: Recipe | AppendRecipe) -> dict[str, int]:
    """The sources' versions; of what only appends those that changed rows, for others give no row."""
    if isinstance(recipe, Recipe):
        return versions_of(lake, *recipe.sources)
    found = {source.name: lake.content_version(source) for source in recipe.sources}
    return {name: version for name, version in found.items() if version is not None}


def keyed_work_of(lake: Lake, recipe: KeyedRecipe) -> KeyedWork | None:
    """What there is to rebuild; None where no source has other rows, or none is there yet."""
    versions = versions_of(lake, *recipe.sources)
    if not versions:
        return None
    metadata, last = CommitMetadata(built_from=versions), last_build(lake, recipe.target)
    if last is None:
        return KeyedWork(None, metadata)
    changed = [source for source in recipe.sources if _has_other_rows(lake, source, last)]
    if not changed:
        return None
    found = [changed_keys(lake, source, recipe.by, last.built_from.get(source.name)) for source in changed]
    known = [keys for keys in found if keys is not None]
    if len(known) < len(found):
        return KeyedWork(None, metadata)
    return KeyedWork(tuple(sorted(set().union(*known))), metadata)


def _built(lake: Lake, recipe: Recipe | AppendRecipe) -> Built:
    """What is known of the target."""

    def dates() -> set[date]:
        source = recipe.source
        given = {near for day in source.dates(lake) for near in source.given(day)} if source else set()
        return given | _dates(lake, recipe.target)

    return Built(lake, last_build(lake, recipe.target), dates)


def last_build(lake: Lake, target: Table) -> CommitMetadata | None:
    """Metadata of the newest commit that says what the table follows from; None before the first build."""
    return lake.last(target, lambda metadata: metadata if is_build(metadata) else None)


def is_build(metadata: CommitMetadata) -> bool:
    """Compaction and the commit that makes a table say nothing of what it follows from."""
    return replace(metadata, audit=None, created=None, dates=None, since=None) != CommitMetadata()


def whole_is_behind(lake: Lake, recipe: WholeRecipe) -> bool:
    """Whether a source has other rows than at the last build, a log is longer, or values are others."""
    if not recipe.sources:
        stored = lake.arrow(recipe.target)
        return not are_same(recipe.build(WholeInputs({}, {}, stored, None)), stored, recipe.target)
    last = last_build(lake, recipe.target)
    if last is None:
        return True
    wanted = [field.name for field in fields(recipe.values) if getattr(recipe.values, field.name)]
    if any(getattr(last, name) != getattr(recipe.values, name) for name in wanted):
        return True
    if any(lake.version(table) != last.built_from.get(table.name) for table in recipe.logs):
        return True
    return any(_has_other_rows(lake, source, last) for source in recipe.sources)


def _has_other_rows(lake: Lake, source: Table, last: CommitMetadata) -> bool:
    return bool(lake.content_commits(source, after=last.built_from.get(source.name, -1)))


def _dates(lake: Lake, table: Table) -> set[date]:
    return {date.fromisoformat(day) for day in lake.dates(table)}
