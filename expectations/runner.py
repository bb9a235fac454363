"""Judges a batch by the suite of its table and says what came of it: the verdict of every publish."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.contract import Severity, Table
from expectations.data_docs import publish_audit
from expectations.measuring import Audit, CheckedBatch, Verdict, column_difference, judge_counts, run_suite
from expectations.suite_description import COLUMNS_DIFFER, suite_hash

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True, slots=True)
class FailedExpectation:
    """One expectation that does not hold: fault code, column where one is to blame, what was got."""

    code: str
    column: str | None
    severity: Severity
    detail: str


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


def validate(frame: "DataFrame", table: Table, *, batch: str, docs: Path | None = None) -> SuiteReport:
    """Judge a batch by the suite of its table.

    Args:
        frame: The batch, a Spark Connect DataFrame with the columns of the table. It is computed once.
        table: Its contract.
        batch: Name of the batch, for people. A batch of the same name replaces its page.
        docs: Folder of the Data Docs site that gets a page on this batch; None writes none.

    Returns:
        The verdict. A rule of severity `warn` that breaks stands among the failures and does not fail the batch.

    Raises:
        AuditError: The suite does not fit the batch (a rule that Spark cannot read, a bound on a text).
        PySparkException: The engine broke, or a row cannot be computed: no verdict.
    """
    started = time.monotonic()
    return _report(run_suite(frame, table), table, batch, docs, started)


def validate_counts(
    counts: Mapping[str, int], columns: Sequence[str], table: Table, *, batch: str, docs: Path | None = None
) -> SuiteReport:
    """Judge a batch by what was counted of its rows as they were written; see `counting`.

    Args:
        counts: The figures of `counting.questions`, over all rows.
        columns: The batch's columns in order.
        table: Its contract.
        batch: Name of the batch, for people. A batch of the same name replaces its page.
        docs: Folder of the Data Docs site that gets a page on this batch; None writes none.
    """
    started = time.monotonic()
    return _report(judge_counts(counts, columns, table), table, batch, docs, started)


class Watched:
    """A batch that is judged while it is written: nothing is computed for the verdict alone.

    Attributes:
        frame: The batch; computing it, once and whole, gives the verdict. None where its columns are not the table's.
    """

    def __init__(self, frame: "DataFrame", table: Table) -> None:
        """Raises `AuditError` where the suite does not fit the batch."""
        from pyspark.sql import Observation  # noqa: PLC0415 loaded by who has a frame

        self._started, self._table = time.monotonic(), table
        self._audit, self._observed = Audit(frame, table), Observation()
        self.frame: DataFrame | None = None
        if self._audit.is_comparable:
            named = [expression.alias(f"_{n}") for n, expression in enumerate(self._audit.expressions)]
            watched = self._audit.frame.observe(self._observed, *named) if named else frame
            self.frame = watched.select(*table.column_names)

    def report(self, written: "Callable[[], DataFrame]", batch: str, docs: Path | None = None) -> SuiteReport:
        """The verdict, after `frame` was computed.

        Args:
            written: Reads what was computed: the server waits a tenth of a second for what it observed and then answers
                without it; such a batch is judged by a pass of its own.
            batch: Name of the batch, for people.
            docs: Folder of the Data Docs site that gets a page on this batch; None writes none.
        """
        return _report(self._checked(written), self._table, batch, docs, self._started)

    def _checked(self, written: "Callable[[], DataFrame]") -> CheckedBatch:
        names = [f"_{n}" for n in range(len(self._audit.expressions))]
        values = self._observed.get if names else {}
        if any(name not in values for name in names):
            return run_suite(written(), self._table)
        return self._audit.checked([values[name] for name in names])


def _report(checked: CheckedBatch, table: Table, batch: str, docs: Path | None, started: float) -> SuiteReport:
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
    return FailedExpectation(check.code, check.column, check.severity, detail)
