"""What changed in a table since another was built from it: read from the commits, without Spark."""

from datetime import date

from expectations.tables.contract import Table
from lakehouse.lake import Lake


def changed_dates(lake: Lake, source: Table, target: Table) -> list[date] | None:
    """Dates of `source` that changed since `target` was built, None where none did.

    Args:
        lake: The lake.
        source: Its commits name the dates that they touch.
        target: Its newest commit that names the source says up to which version of it the table is built.

    Returns:
        Sorted dates; every date of the source where its log no longer reaches back far enough.
    """
    seen = lake.last(target, lambda metadata: metadata.built_from.get(source.name))
    version = lake.version(source)
    if version is None or version == seen:
        return None
    commits = lake.commits(source, after=-1 if seen is None else seen)
    is_whole = bool(commits) and commits[0].version == (0 if seen is None else seen + 1)
    if not is_whole:
        return sorted(date.fromisoformat(day) for day in lake.dates(source))
    return sorted({day for commit in commits for day in commit.metadata.dates or ()}) or None


def versions_of(lake: Lake, *sources: Table) -> dict[str, int]:
    """The sources' newest versions, for the metadata of what is built from them; without those that are not there."""
    versions = {source.name: lake.version(source) for source in sources}
    return {name: version for name, version in versions.items() if version is not None}
