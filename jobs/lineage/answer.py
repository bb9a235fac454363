"""The answer of `assay lineage`: what came before, what is asked of, what was made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from jobs.runtime.report import RunReport
from lakehouse.table_lineage import TableVersion

LEGAL = "FILE, FILE:LINE, TABLE, TABLE@VERSION, a model's version, a bundle's name, or 'MACHINE at TIME'"


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing on the way of the data.

    Attributes:
        kind: file, line, table, model, bundle, scores or readings.
        name: As commands and questions take it.
        words: What is known of it, in one line.
        facts: The same for programs.
    """

    kind: str
    name: str
    words: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The subject, what it came from, nearest first, and what was made of it, in the order of the data."""

    subject: tuple[Stop, ...]
    came_from: tuple[Stop, ...]
    went_into: tuple[Stop, ...]


def time_text(at: datetime) -> str:
    """A UTC time as it is typed, with the part of a second that it has."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"


def report_of(answer: Answer) -> RunReport:
    """The answer for people and for programs."""
    lines = [_line(stop) for stop in answer.subject]
    for head, stops in (("came from", answer.came_from), ("went into", answer.went_into)):
        lines += [f"{head}:", *(f"  {_line(stop)}" for stop in stops)] if stops else [f"{head}: nothing"]
    data = {name: [_document(stop) for stop in getattr(answer, name)] for name in ("subject", "came_from", "went_into")}
    return RunReport("lineage", changed=False, lines=tuple(lines), data=data)


def table_stops(versions: Sequence[TableVersion]) -> tuple[Stop, ...]:
    """A stop for each version of a table."""
    return tuple(_table_stop(each) for each in versions)


def _table_stop(version: TableVersion) -> Stop:
    code = f", code {version.code}" if version.code else ""
    words = f"{version.why}{code}; {version.rows:,} rows now"
    return Stop("table", f"{version.table}@{version.version}", words, asdict(version))


def _line(stop: Stop) -> str:
    return f"{stop.kind} {stop.name}: {stop.words}"


def _document(stop: Stop) -> dict[str, Any]:
    return {"kind": stop.kind, "name": stop.name, "words": stop.words, **stop.facts}
