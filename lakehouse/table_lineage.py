"""From which versions of which tables a version of a table was built, and what was built from it: by commits alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from expectations.tables.contract import Table
from lakehouse.lake import Lake

_BY_BATCH = {"silver.readings": "bronze.readings", "silver.readings_quarantine": "bronze.readings"}
"""Tables whose commits name the batch that they hold, and the table whose commit of that batch is their source."""


@dataclass(frozen=True, slots=True)
class TableVersion:
    """A version of a table, and by what it is known to belong here.

    Attributes:
        rows: Rows of the table as it is now.
        code: Revision of the code that wrote the version; None where its commit does not say.
    """

    table: str
    version: int
    rows: int
    code: str | None
    why: str


def sources(lake: Lake, tables: Mapping[str, Table], name: str, version: int) -> tuple[TableVersion, ...]:
    """The tables that a version of a table was built from, and those that these were built from, nearest first.

    A table that was reached by several ways is named once, in the newest of its versions.
    """
    found: dict[str, TableVersion] = {}
    ahead = [(name, version)]
    while ahead:
        user, reached = ahead.pop(0)
        for source, number in _sources_of(lake, tables, user, reached).items():
            if source in tables and (source not in found or number > found[source].version):
                found.pop(source, None)
                found[source] = version_of(lake, tables[source], number, f"{user} was built from it")
                ahead.append((source, number))
    return tuple(found.values())


def users(lake: Lake, tables: Mapping[str, Table], found: Mapping[str, TableVersion]) -> tuple[TableVersion, ...]:
    """These versions, and in their order the first version of each table that was built from one of them or later."""
    known = dict(found)
    while more := {name: user for name in tables if (user := _first_user(lake, tables, name, known))}:
        known |= more
    return tuple(known.values())


def with_batch(lake: Lake, table: Table, batch: int) -> TableVersion | None:
    """The version that published the rows of a batch; None where no commit in the log names it."""
    for commit in lake.commits(table):
        if commit.metadata.batch == batch:
            return version_of(lake, table, commit.version, f"its commit names batch {batch}")
    return None


def batches(lake: Lake, table: Table, version: int) -> tuple[int, ...]:
    """The batches whose rows a version of a table holds, as far as its log goes back."""
    named = (commit.metadata.batch for commit in lake.commits(table) if commit.version <= version)
    return tuple(sorted({batch for batch in named if batch is not None}))


def version_of(lake: Lake, table: Table, version: int, why: str) -> TableVersion:
    """A version of a table that is there; its code is that of the newest commit up to it that was audited."""
    audits = [each.metadata.audit for each in lake.commits(table) if each.version <= version and each.metadata.audit]
    return TableVersion(table.name, version, lake.row_count(table), audits[-1].code if audits else None, why)


def _first_user(
    lake: Lake, tables: Mapping[str, Table], name: str, known: Mapping[str, TableVersion]
) -> TableVersion | None:
    if name in known:
        return None
    for commit in lake.commits(tables[name]):
        for source, version in commit.metadata.built_from.items():
            if source in known and version >= known[source].version:
                return version_of(lake, tables[name], commit.version, f"built from {source} version {version}")
    return None


def _sources_of(lake: Lake, tables: Mapping[str, Table], name: str, version: int) -> Mapping[str, int]:
    """Source -> its version, of the newest build up to a version."""
    for commit in reversed([each for each in lake.commits(tables[name]) if each.version <= version]):
        if commit.metadata.built_from:
            return commit.metadata.built_from
        if name in _BY_BATCH and commit.metadata.batch is not None:
            source = with_batch(lake, tables[_BY_BATCH[name]], commit.metadata.batch)
            return {source.table: source.version} if source else {}
    return {}
