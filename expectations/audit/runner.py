"""Audits a batch by the suite of its table and gives the result: the verdict of every publish."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from expectations.audit.data_docs import Site, publish_audit
from expectations.audit.measuring import CheckedBatch, Verdict, check_counts, column_difference, run_suite
from expectations.audit.suite_description import COLUMNS_DIFFER, suite_hash
from expectations.tables.contract import Severity, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class FailedExpectation:
    """One expectation that does not hold: fault code, column where one is to blame, what was got.

    `breaking` counts the rows that break it, 0 where it is not about rows.
    """

    code: str
    column: str | None
    severity: Severity
    detail: str
    breaking: int = 0


@dataclass(frozen=True, slots=True)
class SuiteReport:
    """The verdict on one batch. `rows` is None where no check looked at one: the columns differ."""

    table: str
    batch: str
    suite_hash: str
    success: bool
    checked: int
    failures: tuple[FailedExpectation, ...]
    rows: int | None
    seconds: float


def validate(frame: "DataFrame", table: Table, *, batch: str, docs: Site | None = None) -> SuiteReport:
    """Audit a batch by the suite of its table.

    Args:
        frame: The batch, a Spark Connect DataFrame with the columns of the table. It is computed once.
        table: Its contract.
        batch: Name of the batch, for people. A batch of the same name replaces its page.
        docs: The Data Docs site that gets a page on this batch; None writes none.

    Returns:
        The verdict. A rule of severity `warn` that breaks is among the failures and does not fail the batch.

    Raises:
        AuditError: The suite does not fit the batch (a rule that Spark cannot read, a bound on a text).
        PySparkException: The engine broke, or a row cannot be computed: no verdict.
    """
    started = time.monotonic()
    return _report(run_suite(frame, table), table, batch, docs, started)


def validate_counts(
    counts: Mapping[str, int], columns: Sequence[str], table: Table, *, batch: str, docs: Site | None = None
) -> SuiteReport:
    """Audit a batch by what was counted of its rows as they were written; see `counting`.

    Args:
        counts: The figures of `counting.questions`, over all rows.
        columns: The batch's columns in order.
        table: Its contract.
        batch: Name of the batch, for people. A batch of the same name replaces its page.
        docs: The Data Docs site that gets a page on this batch; None writes none.
    """
    started = time.monotonic()
    return _report(check_counts(counts, columns, table), table, batch, docs, started)


def _report(checked: CheckedBatch, table: Table, batch: str, docs: Site | None, started: float) -> SuiteReport:
    if docs is not None:
        publish_audit(docs, table, batch, checked)
    failures = tuple(_failure(verdict, checked, table) for verdict in checked.verdicts if not verdict.holds)
    success = all(failure.severity is Severity.WARN for failure in failures)
    seconds = time.monotonic() - started
    count = len(checked.verdicts)
    return SuiteReport(table.name, batch, suite_hash(table), success, count, failures, checked.rows, seconds)


def _failure(verdict: Verdict, checked: CheckedBatch, table: Table) -> FailedExpectation:
    check = verdict.check
    detail = f"{verdict.breaking} of {checked.rows} rows; {check.description}"
    if check.code == COLUMNS_DIFFER:
        detail = column_difference(checked.columns, table)
    return FailedExpectation(check.code, check.column, check.severity, detail, verdict.breaking or 0)
