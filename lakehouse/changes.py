"""What changed in a table since another was built from it: read from the commits, without Spark."""

from expectations.tables.contract import Table
from lakehouse.commits import Commit
from lakehouse.lake import Lake


def commits_since(lake: Lake, source: Table, seen: int | None) -> list[Commit] | None:
    """The commits of a source after a version (None: all); None where the log no longer reaches back so far."""
    first = 0 if seen is None else seen + 1
    if lake.version(source) == seen:
        return []
    commits = lake.commits(source, after=first - 1)
    return commits if commits and commits[0].version == first else None


def versions_of(lake: Lake, *sources: Table) -> dict[str, int]:
    """The sources' newest versions, for the metadata of what is built from them; without those that are not there."""
    versions = {source.name: lake.version(source) for source in sources}
    return {name: version for name, version in versions.items() if version is not None}
