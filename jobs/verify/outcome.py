"""What was found of a version of a table, in words."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport

MOST_NAMED = 5
"""Differences of a table, and tables of a note, that are named; all are counted."""


class Verdict(StrEnum):
    """Whether a version comes out again."""

    EQUAL = "equal"
    DIFFERENT = "different"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Named:
    """One difference, as people and programs read it; `column` None: the row itself, `stored` and `built` counts."""

    part: str
    key: dict[str, Any]
    column: str | None
    stored: Any
    built: Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found.

    Attributes:
        table: The table.
        version: Its version.
        verdict: Whether it comes out again.
        parts: How many dates, of how many, were computed again; one of one of a table that is built as a whole.
        rows: Rows that are stored of them.
        differences: How many values and rows differ.
        named: The first of them.
        notes: What a person has to know of the comparison: other code or rules, a source that is gone, what to do.
    """

    table: str
    version: int
    verdict: Verdict
    parts: tuple[int, int] = (0, 0)
    rows: int = 0
    differences: int = 0
    named: tuple[Named, ...] = ()
    notes: tuple[str, ...] = ()


def report_of(outcomes: Sequence[Outcome], beside: str = "") -> RunReport:
    """The table of outcomes, then what is to be said of each; `beside` ends the summary.

    REFUSED where one differs, or none could be compared.
    """
    heads = ("table", "version", "parts", "rows", "verdict")
    cells = [heads, *map(_cells, outcomes)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    lines += [f"{_first(names)}: {note}" for note, names in _noted(outcomes).items()]
    lines += [line for one in outcomes for line in _named_of(one)]
    lines.append(f"verify: {_summary(outcomes)}{beside}")
    is_fine = any(one.verdict is Verdict.EQUAL for one in outcomes) and not _count(outcomes, Verdict.DIFFERENT)
    code = ExitCode.DONE if is_fine else ExitCode.REFUSED
    return RunReport(
        "verify", changed=False, lines=tuple(lines), data={"tables": [asdict(one) for one in outcomes]}, exit_code=code
    )


def _cells(one: Outcome) -> tuple[str, ...]:
    return (one.table, str(one.version), f"{one.parts[0]} of {one.parts[1]}", f"{one.rows:,}", one.verdict.value)


def _noted(outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """Each note once, with the versions that it is of."""
    found: dict[str, list[str]] = {}
    for one in outcomes:
        for note in one.notes:
            found.setdefault(note, []).append(_name(one))
    return found


def _first(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:MOST_NAMED])} and {more} more"


def _named_of(one: Outcome) -> list[str]:
    lines = [f"{_name(one)}: {_words(named)}" for named in one.named]
    more = one.differences - len(one.named)
    return [*lines, f"{_name(one)}: and {more:,} more"] if one.named and more else lines


def _name(one: Outcome) -> str:
    return f"{one.table}@{one.version}"


def _words(named: Named) -> str:
    key = ", ".join(f"{column} {value}" for column, value in named.key.items())
    row = f"{named.part}: row {key}"
    if named.column is None:
        return f"{row}: is stored {named.stored} times, comes out {named.built} times"
    return f"{row}: {named.column} is stored as {_value(named.stored)}, comes out as {_value(named.built)}"


def _value(value: Any) -> str:
    return "nothing" if value is None else repr(value) if isinstance(value, str | float) else str(value)


def _summary(outcomes: Sequence[Outcome]) -> str:
    counts = {verdict: _count(outcomes, verdict) for verdict in Verdict}
    return (
        f"{counts[Verdict.EQUAL]} equal, {counts[Verdict.DIFFERENT]} different, "
        f"{counts[Verdict.CANNOT]} cannot be computed again"
    )


def _count(outcomes: Sequence[Outcome], verdict: Verdict) -> int:
    return sum(one.verdict is verdict for one in outcomes)
