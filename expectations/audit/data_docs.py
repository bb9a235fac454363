"""Data Docs: a page for each audited batch and an index, one file each, readable with the network off.

Great Expectations' own pages load Bootstrap, jQuery and more from outside hosts. These say the same, in its words.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from expectations.audit.labelled_tables import with_labels
from expectations.audit.measuring import CheckedBatch, Verdict, column_difference
from expectations.audit.sentences import Phrase, sentence
from expectations.audit.suite_description import COLUMNS_DIFFER, suite_hash
from expectations.tables.contract import Severity, Table

if TYPE_CHECKING:
    from jinja2 import Template

MOST_BATCHES = 30
_HISTORY = "history.json"
_TABLES = 64  # a plant has some fifty
_ROWS = 2048  # of a page, some twenty a table: tables have the same checks of the same columns, batches almost the same
_TEMPLATES = Path(__file__).with_name("docs_templates")


@dataclass(frozen=True, slots=True)
class Entry:
    """One batch in the history of a table."""

    batch: str
    page: str
    outcome: str
    rows: int | None
    held: int
    checked: int
    suite_hash: str


@dataclass(frozen=True, slots=True)
class Line:
    """One check on a batch's page."""

    outcome: str
    phrases: tuple[Phrase, ...]
    note: str
    code: str
    breaking: int | None


class Site(Protocol):
    """Where the pages are: names joined by `/`. The lake's storage is one."""

    def read(self, name: str) -> bytes | None:
        """A file; None where it is not there."""

    def write(self, name: str, data: bytes) -> None:
        """Put a file, whole or not at all, in place of what was there."""

    def delete(self, name: str) -> None:
        """Remove a file that may be there."""

    def folders(self) -> tuple[str, ...]:
        """Names that have files below them, in order."""


def publish_audit(docs: Site, table: Table, batch: str, checked: CheckedBatch) -> str:
    """Write or replace the page of a batch and bring the index up to date. The same audit writes the same bytes.

    The newest 30 batches of a table keep their pages, in the order they were first published.

    Args:
        docs: The site. `index.html` is its front page.
        table: Contract of the batch's table.
        batch: Name of the batch.
        checked: What came of its audit.

    Returns:
        The name of the batch's page.
    """
    lines = tuple(_line(verdict) for verdict in checked.verdicts)
    entry = _entry(table, batch, checked, lines)
    page = f"{table.name}/{entry.page}"
    difference = column_difference(checked.columns, table) if not checked.verdicts[0].holds else ""
    audit = _template("audit.html").render(
        table=table, entry=entry, difference=difference, rows=map(_row, _ordered(lines)), number=_number
    )
    _write(docs, page, with_labels(audit))
    _remember(docs, table, entry)
    _write(docs, "index.html", _template("index.html").render(tables=_histories(docs)))
    return page


def _line(verdict: Verdict) -> Line:
    check = verdict.check
    outcome = "passed" if verdict.holds else "warning" if check.severity is Severity.WARN else "failed"
    note = check.description if check.column or check.code == COLUMNS_DIFFER else ""
    return Line(outcome, sentence(check), note, check.code, verdict.breaking)


def _ordered(lines: tuple[Line, ...]) -> list[Line]:
    """What needs attention first; the contract's order otherwise."""
    return sorted(lines, key=lambda line: ("failed", "warning", "passed").index(line.outcome))


@lru_cache(maxsize=_ROWS)
def _row(line: Line) -> str:
    return _template("row.html").render(line=line, number=_number)


def _entry(table: Table, batch: str, checked: CheckedBatch, lines: tuple[Line, ...]) -> Entry:
    outcomes = {line.outcome for line in lines}
    outcome = "failed" if "failed" in outcomes else "warning" if "warning" in outcomes else "passed"
    held = sum(line.outcome == "passed" for line in lines)
    return Entry(batch, _page_name(batch), outcome, checked.rows, held, len(lines), suite_hash(table))


def _page_name(batch: str) -> str:
    """A file name for the batch: itself where that is safe, else made safe and distinguished by a digest."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", batch).lstrip(".")[:80]
    if safe == batch:
        return f"{safe}.html"
    return f"{safe}-{hashlib.sha256(batch.encode()).hexdigest()[:8]}.html"


def _remember(docs: Site, table: Table, entry: Entry) -> None:
    """Put the entry in its place of the table's history, or at its end; forget the oldest, with their pages."""
    entries = {known.batch: known for known in _history(docs, table.name).entries} | {entry.batch: entry}
    newest, gone = list(entries.values())[-MOST_BATCHES:], list(entries.values())[:-MOST_BATCHES]
    history = {"description": table.description, "entries": [asdict(known) for known in newest]}
    _write(docs, f"{table.name}/{_HISTORY}", json.dumps(history, indent=1, ensure_ascii=False) + "\n")
    for known in gone:
        docs.delete(f"{table.name}/{known.page}")


@dataclass(frozen=True, slots=True)
class _History:
    """A table with its batches as the site knows them, the oldest first."""

    name: str
    description: str
    entries: tuple[Entry, ...]

    @property
    def newest(self) -> Entry:
        return self.entries[-1]

    @property
    def section(self) -> str:
        """Its part of the front page."""
        return _section(self)


def _history(docs: Site, table: str) -> _History:
    data = docs.read(f"{table}/{_HISTORY}")
    return _History(table, "", ()) if data is None else _parsed(table, data)


@lru_cache(maxsize=_TABLES)
def _parsed(table: str, data: bytes) -> _History:
    """A command audits table after table, and each audit writes the front page of them all."""
    known = json.loads(data)
    return _History(table, known["description"], tuple(Entry(**fields) for fields in known["entries"]))


@lru_cache(maxsize=_TABLES)
def _section(table: _History) -> str:
    return with_labels(_template("section.html").render(table=table, entries=table.entries[::-1], number=_number))


def _histories(docs: Site) -> list[_History]:
    """Every table of the site that has batches; bronze, silver, gold."""
    ranked = sorted(docs.folders(), key=lambda name: ("bronze", "silver", "gold").index(name.partition(".")[0]))
    return [known for name in ranked if (known := _history(docs, name)).entries]


def _number(value: int | None) -> str:
    return "none read" if value is None else f"{value:,}"


def _write(docs: Site, name: str, content: str) -> None:
    """Replace a file only where its content changes."""
    data = content.encode()
    if docs.read(name) != data:
        docs.write(name, data)


@lru_cache
def _template(name: str) -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 loaded where a page is written

    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    ).get_template(name)  # fmt: skip
