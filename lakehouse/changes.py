"""What changed in a table since another was built from it: read from the commits, without Spark."""

from datetime import date

from expectations.tables.contract import Table
from lakehouse.lake import Lake


def changed_dates(lake: Lake, source: Table, target: Table, key: str) -> list[date] | None:
    """Dates of `source` that changed since `target` was built, None where none did.

    Args:
        lake: The lake.
        source: Its commits say in `dates` which dates they touch.
        target: Its newest commit that has `key` says up to which version of the source it is built.
        key: That key.

    Returns:
        Sorted dates; every date of the source where its log no longer reaches back far enough.
    """
    seen = lake.last_metadata(target, key)
    version = lake.version(source)
    if version is None or version == seen:
        return None
    commits = lake.commits(source, after=-1 if seen is None else seen)
    is_whole = bool(commits) and commits[0].version == (0 if seen is None else seen + 1)
    if not is_whole:
        return sorted(date.fromisoformat(day) for day in lake.dates(source))
    return sorted({date.fromisoformat(day) for commit in commits for day in commit.metadata.get("dates", ())}) or None
