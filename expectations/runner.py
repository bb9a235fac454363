"""Runs a table's suite on a batch: one Spark job for all of it, whatever the number of rules."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.contract import Severity, Table
from expectations.errors import ContractError
from expectations.suite_description import COLUMNS_DIFFER, Check, describe, rule_columns, suite_hash
from expectations.suites import configuration, great_expectations

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from pyspark.sql import DataFrame

_BOOLEAN_ONLY = {"result_format": "BOOLEAN_ONLY"}
_ROW_COUNT = "table.row_count"
_EXPRESSION = "metric_partial_fn"  # under this name a metric depends on the Spark expression that computes it


class AuditError(ContractError):
    """A suite does not fit its batch: no verdict, neither good nor bad."""


@dataclass(frozen=True, slots=True)
class FailedExpectation:
    """One expectation that does not hold: fault code, column where one is to blame, what was got."""

    code: str
    column: str | None
    severity: Severity
    detail: str


@dataclass(frozen=True, slots=True)
class SuiteReport:
    """The verdict on one batch. `rows` is None where the columns differ: then nothing else was looked at."""

    table: str
    batch: str
    suite_hash: str
    success: bool
    checked: int
    failures: tuple[FailedExpectation, ...]
    rows: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """What Great Expectations said of each check, with the counts behind it."""

    checks: Sequence[Check]
    results: Sequence["ExpectationValidationResult"]
    rows: int | None


def validate(frame: "DataFrame", table: Table, *, batch: str) -> SuiteReport:
    """Judge a batch by the suite of its table.

    Args:
        frame: The batch, a Spark Connect DataFrame with the columns of the table. It is computed once.
        table: Its contract.
        batch: Name of the batch, for people.

    Returns:
        The verdict. A rule of severity `warn` that breaks stands among the failures and does not fail the batch.

    Raises:
        AuditError: The suite does not fit the batch (a rule that Spark cannot read, a bound on a text).
        PySparkException: The engine broke, or a row cannot be computed: no verdict.
    """
    started = time.monotonic()
    checked = run_suite(frame, table)
    failures = tuple(
        FailedExpectation(check.code, check.column, check.severity, _detail(check, result, frame, table))
        for check, result in zip(checked.checks, checked.results, strict=True)
        if not result.success
    )
    success = all(failure.severity is Severity.WARN for failure in failures)
    seconds = time.monotonic() - started
    return SuiteReport(
        table.name, batch, suite_hash(table), success, len(checked.checks), failures, checked.rows, seconds
    )


def run_suite(frame: "DataFrame", table: Table) -> CheckedBatch:
    """Every check of the table on the batch; only the check of the columns where these differ.

    Raises:
        AuditError: The suite does not fit the batch.
    """
    checks = describe(table)
    if tuple(frame.columns) != table.column_names:
        checks = tuple(check for check in checks if check.code == COLUMNS_DIFFER)
        return _compute(frame, table, checks)
    return _compute(_with_rules(frame, table), table, checks)


def _with_rules(frame: "DataFrame", table: Table) -> "DataFrame":
    from pyspark.sql.functions import expr  # noqa: PLC0415 loaded by who has a frame

    columns = {name: expr(condition) for name, condition in rule_columns(table).items()}
    return frame.withColumns(columns) if columns else frame


def _compute(frame: "DataFrame", table: Table, checks: Sequence[Check]) -> CheckedBatch:
    """Great Expectations' own metrics and verdicts, with its context, caching and batch requests left out.

    A data source of its context would cache the batch first (9.5 s for 4 M rows, measured), run a job more for the
    number of rows, and turn an engine that broke into a failed expectation.
    """
    great_expectations()
    from great_expectations.execution_engine import SparkDFExecutionEngine  # noqa: PLC0415 seconds to load
    from great_expectations.validator.metrics_calculator import MetricsCalculator  # noqa: PLC0415 the same

    engine = SparkDFExecutionEngine(persist=False, spark=frame.sparkSession)
    engine.load_batch_data(table.name, frame)
    expectations = [configuration(check).to_domain_obj() for check in checks]
    needed = [expectation.get_validation_dependencies(engine, _runtime()) for expectation in expectations]
    wanted = {metric.id: metric for part in needed for metric in part.get_metric_configurations()}
    MetricsCalculator(engine).build_metric_dependency_graph(wanted.values())
    metrics = _measure(engine, frame, tuple(wanted.values()))
    results = [expectation.metrics_validate(metrics, _runtime(), engine) for expectation in expectations]
    for result, part in zip(results, needed, strict=True):
        result.result = _counts(metrics, part.metric_configurations)
    return CheckedBatch(checks, results, next((r.result["element_count"] for r in results if r.result), None))


def _measure(engine: Any, frame: "DataFrame", wanted: Sequence[Any]) -> dict[Any, Any]:
    """Every metric. Those that read rows are Spark expressions first and are then asked for in one job.

    The library itself counts the rows in a job before the others, since conditions of a column declare that they
    depend on the count (they do not read it); and where a job fails it asks for each metric alone, three times.
    """
    counted = {metric.id: metric.metric_dependencies.get(_EXPRESSION) for metric in wanted}
    known: dict[Any, Any] = {metric.id: None for metric in wanted if metric.metric_name == _ROW_COUNT}
    expressions = {identifier: metric for identifier, metric in counted.items() if metric is not None}
    for metric in (*expressions.values(), *(m for m in wanted if m.id not in expressions)):
        _resolve(engine, metric, known)
    if expressions:
        row = frame.agg(*(known[metric.id][0] for metric in expressions.values())).collect()[0]
        known |= {identifier: count or 0 for identifier, count in zip(expressions, row, strict=True)}
    return known


def _resolve(engine: Any, metric: Any, known: dict[Any, Any]) -> None:
    """Add a metric that needs no job, and what it depends on, to those known."""
    from great_expectations.exceptions import MetricResolutionError  # noqa: PLC0415 seconds to load

    for dependency in metric.metric_dependencies.values():
        _resolve(engine, dependency, known)
    if metric.id not in known:
        try:
            known |= engine.resolve_metrics([metric], known)
        except MetricResolutionError as exc:
            reason = str(exc).partition("\n")[0]
            raise AuditError(f"the suite does not fit the batch: {metric.metric_name}: {reason}") from exc


def _runtime() -> dict[str, Any]:
    """A fresh one for each call: the library writes into it."""
    return {"result_format": dict(_BOOLEAN_ONLY)}


def _counts(metrics: Mapping[Any, Any], needed: Mapping[str, Any]) -> dict[str, Any]:
    """Rows and breaking rows of one check, from metrics that its verdict needed anyway."""
    known = {name: metrics[metric.id] for name, metric in needed.items()}
    if _ROW_COUNT not in known:
        return {}
    rows = known[_ROW_COUNT]
    counts = {name: count for name, count in known.items() if name.endswith(".unexpected_count")}
    missing = counts.pop("column_values.nonnull.unexpected_count")
    unexpected = next(iter(counts.values()), missing)
    return {
        "element_count": rows,
        "unexpected_count": unexpected,
        "unexpected_percent": 100.0 * unexpected / rows if rows else 0.0,
        "missing_count": missing,
    }


def _detail(check: Check, result: "ExpectationValidationResult", frame: "DataFrame", table: Table) -> str:
    if check.code == COLUMNS_DIFFER:
        return _column_difference(frame.columns, table.column_names)
    return f"{result.result['unexpected_count']} of {result.result['element_count']} rows; {check.description}"


def _column_difference(got: Sequence[str], legal: Sequence[str]) -> str:
    missing = [name for name in legal if name not in got]
    unknown = [name for name in got if name not in legal]
    if not missing and not unknown:
        return f"columns in another order: {', '.join(got)}; legal: {', '.join(legal)}"
    return f"missing columns: {', '.join(missing) or 'none'}; unknown columns: {', '.join(unknown) or 'none'}"
