"""The gate before every publish: Great Expectations audits the batch. What passes is all that a lake writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from expectations.audit.counting import ROWS, count
from expectations.tables.contract import Rule, Table
from lakehouse.audited import GATE_SEAL, AuditedFiles, AuditedRows
from lakehouse.code_revision import code_revision
from lakehouse.commit_metadata import Audit
from lakehouse.engine.errors import EngineError
from lakehouse.errors import GateRefused
from lakehouse.files.linking import DataFile, data_files
from lakehouse.files.table_files import Written
from lakehouse.lake import Lake
from lakehouse.log import log
from lakehouse.publish.docs_site import DOCS, DocsSite
from lakehouse.rules.conditions import in_files, in_rows
from lakehouse.storage.protocol import Storage

if TYPE_CHECKING:
    from expectations.audit.runner import SuiteReport

Counts = Mapping[str, int]


def audit_written(written: Written, table: Table, lake: Lake, folder: Storage, batch: str) -> AuditedFiles:
    """Audit a batch that tasks have written below a folder, by what they counted of its rows.

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
        EngineError: The files do not hold the rows that the tasks wrote.
        ProfileError: A rule of the plant cannot be computed.
    """
    return audit_files(data_files(folder, written.files), written.counts, table, lake, folder=folder, batch=batch)


def audit_files(  # a batch and where it goes
    files: Sequence[DataFile], counts: Mapping[str, int], table: Table, lake: Lake, *, folder: Storage, batch: str
) -> AuditedFiles:
    """Audit files by the figures of their rows (`expectations.audit.counting`).

    Args:
        files: Parquet files below the folder.
        counts: The figures over all rows.
        table: Their table.
        lake: Gets the report of the audit.
        folder: In it the files lie.
        batch: Name of the batch in reports.

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
        EngineError: The files do not hold the rows that were counted.
    """
    audit = _audit(counts, table, lake, batch, lambda rules: in_files(files, table, rules))
    return AuditedFiles(table, folder, _whole(table, counts[ROWS], files, folder), audit, GATE_SEAL)


def audit_rows(rows: "pa.Table", table: Table, lake: Lake, batch: str) -> AuditedRows:
    """Audit rows that this process holds: the contract's columns.

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
    """
    audit = _audit(count(rows, table), table, lake, batch, lambda rules: in_rows(rows, table, rules))
    return AuditedRows(table, rows, audit, GATE_SEAL)


def _audit(
    counts: Mapping[str, int], table: Table, lake: Lake, batch: str, of_plant: Callable[[Sequence[Rule]], Counts]
) -> Audit:
    """The outcome of the table's suite, of which the plant's rules of the table are part."""
    from expectations.audit.runner import validate_counts

    if own := lake.rules.get(table.name, ()):
        counts = {**counts, **of_plant(own)}
        table = replace(table, rules=(*table.rules, *own))
    site = DocsSite.of(lake.storage)
    return _outcome(validate_counts(counts, table.column_names, table, batch=batch, docs=site), lake)


def _whole(table: Table, rows: int | None, files: Sequence[DataFile], folder: Storage) -> tuple[DataFile, ...]:
    """The files with what they hold.

    An engine on another machine would write to a disk of its own, and the commit would name nothing.
    """
    known = [file.statistics(table.pruning) for file in files]
    found = sum(one.rows for one in known)
    if rows not in (None, found):
        raise EngineError(
            f"the engine wrote {rows} rows of {table.name} into {folder.place} and {found} are there; "
            "engine and command must see the same file system (setting `engine`)"
        )
    return tuple(replace(file, known=one) for file, one in zip(files, known, strict=True))


def _outcome(report: "SuiteReport", lake: Lake) -> Audit:
    log().debug("gate of %s: %s in %.1f s", report.table, "passed" if report.success else "refused", report.seconds)
    if not report.success:
        broken = "; ".join(f"{failure.code}: {failure.detail}" for failure in report.failures)
        place = lake.storage.below(DOCS).place
        raise GateRefused(
            f"{report.table}, {report.batch}: {broken}. Nothing was published; the report is in {place}",
            {"table": report.table, "batch": report.batch, "failures": [failure.code for failure in report.failures]},
        )
    warned = {failure.code: failure.breaking for failure in report.failures}
    for failure in report.failures:
        log().warning("%s, %s: %s: %s", report.table, report.batch, failure.code, failure.detail)
    return Audit("PASS", report.suite_hash, code_revision(), warned or None)
