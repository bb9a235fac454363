"""Which rules are to be asked again: those of which a table has other rows than when they were asked last."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from expectations.plant.rules import PlantRule
from expectations.tables.contract import Table
from lakehouse.changes import commits_since
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Built
from lakehouse.rules.checking import date_column

Row = Mapping[str, Any]
Versions = Mapping[str, int]
_NOT_THERE = -1


@dataclass(frozen=True, slots=True)
class Due:
    """A rule to be asked: of the tables that it names, at which versions, on which dates; None: all of them."""

    origin: str
    rule: PlantRule
    tables: tuple[Table, ...]
    versions: Versions
    dates: set[date] | None


def identity(rule: PlantRule) -> str:
    """A rule whose question, severity or words change is another one."""
    parts = (rule.table, rule.severity, rule.meaning, rule.question, str(rule.by_date))
    return f"{rule.name}/{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:16]}"


def due_of(plant: Plant, origin: str, rule: PlantRule, before: Versions | None, row: Row | None) -> Due | None:
    """What is to be asked of a rule; None where its tables have the rows that it was asked of. Reads logs alone.

    Args:
        plant: The plant.
        origin: Whose rule it is.
        rule: One with a question.
        before: Table -> version of which it was asked; None: it never was.
        row: What it found then.
    """
    if before is not None and not before.keys() <= plant.tables.keys():  # of code that had another table
        before = None
    tables = tuple(plant.tables[name] for name in (before or _named(rule)))
    versions = {table.name: _version(plant, table) for table in tables}
    if before is None or row is None:
        if not any(map(plant.lake.row_count, tables)):  # an empty lake breaks no rule, and is asked nothing
            return None
        return Due(origin, rule, tables, versions, None)
    if row["row_count"] is None:  # it had no answer: time or memory may be there now
        return Due(origin, rule, tables, versions, None)
    changed = [table for table in tables if _has_other_rows(plant, table, versions, before)]
    if not changed:
        return None
    is_partial = rule.by_date and row["row_count"] == 0 and all(map(date_column, changed))
    dates = _changed_dates(plant, changed, before) if is_partial else None
    return Due(origin, rule, tables, versions, dates)


def _version(plant: Plant, table: Table) -> int:
    version = plant.lake.version(table)
    return _NOT_THERE if version is None else version


def _named(rule: PlantRule) -> tuple[str, ...]:
    """The tables that a question names."""
    from lakehouse.rules.sql_form import form_of

    return form_of(rule.question).tables


def _has_other_rows(plant: Plant, table: Table, versions: Versions, before: Versions) -> bool:
    """Upkeep and commits without rows change no answer; a log that does not reach back, or was begun again, may."""
    if versions[table.name] == before[table.name]:
        return False
    if commits_since(plant.lake, table, before[table.name]) is None:
        return True
    return bool(plant.lake.content_commits(table, before[table.name]))


def _changed_dates(plant: Plant, changed: Iterable[Table], before: Versions) -> set[date] | None:
    """The dates that their commits name; None where one names none."""
    built = Built(plant.lake, CommitMetadata(built_from=before), set)
    found = [built.changed_dates(table) for table in changed]
    known = [dates for dates in found if dates is not None]
    return set().union(*known) if len(known) == len(found) else None
