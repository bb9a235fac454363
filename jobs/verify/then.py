"""The lake as it was when a version of a table was built: read from the commits alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from expectations.tables.bronze import FILES
from expectations.tables.contract import Table
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.lake import Lake
from lakehouse.lake_then import LakeThen
from lakehouse.plant import Plant
from lakehouse.publish.recipe import AnyRecipe, WholeRecipe
from lakehouse.publish.stale import is_build
from lakehouse.table_lineage import sources

Versions = Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Build:
    """The newest build up to a version of a table: its own version, and what its commit says."""

    version: int
    metadata: CommitMetadata


def build_of(lake: Lake, table: Table, version: int) -> Build | None:
    """The newest build up to a version; None where no commit in the log is one."""
    found = [one for one in lake.commits(table) if one.version <= version and is_build(one.metadata)]
    return Build(found[-1].version, found[-1].metadata) if found else None


def plant_then(plant: Plant, recipe: AnyRecipe, build: Build) -> tuple[Plant, LakeThen]:
    """The plant over the lake that a build has read.

    Sources are at the versions that the build's commit names; one that it does not name was not there. What a build
    reads beside its sources is at the version that its sources follow from, else at the newest one that follows from
    no newer source than these; the ledger at its state after the newest batch that any of them holds.
    """
    lake, target = plant.lake, recipe.target
    named = (*recipe.sources, *(recipe.logs if isinstance(recipe, WholeRecipe) else ()))
    versions: dict[str, int | None] = {
        each.table: each.version for each in sources(lake, plant.tables, target.name, build.version)
    }
    versions |= {table.name: build.metadata.built_from.get(table.name) for table in named}
    versions[target.name] = build.version - 1 if build.version else None
    if FILES.name not in versions:
        versions |= _ledger(plant, versions)
    then = LakeThen(lake, versions, lambda table: _beside(lake, table, versions))
    return replace(plant, lake=then), then


def _ledger(plant: Plant, versions: Versions) -> Versions:
    """The newest version of the ledger that knows no batch after those of the tables of bronze."""
    newest = max((_batch(plant, name, number) for name, number in versions.items()), default=0)
    commits = plant.lake.commits(FILES)
    after = [one.version for one in commits if (one.metadata.batch or 0) > newest]
    before = [one.version for one in commits if not after or one.version < after[0]]
    return {FILES.name: before[-1]} if newest and before else {}


def _batch(plant: Plant, name: str, version: int | None) -> int:
    """The newest batch whose records a table of bronze has at a version; 0 of others."""
    if version is None or not name.startswith("bronze."):
        return 0
    commits = plant.lake.commits(plant.tables[name])
    return max((one.metadata.batch or 0 for one in commits if one.version <= version), default=0)


def _beside(lake: Lake, table: Table, versions: Versions) -> int | None:
    """The newest version of a table that follows from sources no newer than those of a build; None: none shares one."""
    found = None
    for commit in lake.commits(table):
        shared = {name: number for name, number in commit.metadata.built_from.items() if versions.get(name) is not None}
        if shared and all(number <= (versions[name] or 0) for name, number in shared.items()):
            found = commit.version
    return found
