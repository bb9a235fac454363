"""Great Expectations' verdicts on a batch: as many checks as there are, one aggregation in Spark, or counts at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.audit.counting import ROWS, breaking, missing
from expectations.audit.suite_description import COLUMNS_DIFFER, Check, describe, rule_columns
from expectations.audit.suites import configuration, great_expectations
from expectations.errors import ContractError
from expectations.tables.contract import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ROW_COUNT = "table.row_count"
_MISSING = "column_values.nonnull.unexpected_count"
_EXPRESSION = "metric_partial_fn"  # under this name a metric depends on the Spark expression that computes it


class AuditError(ContractError):
    """A suite does not fit its batch: no verdict, neither good nor bad."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one check holds, and how many rows break it; None for a check of the table, not of its rows."""

    check: Check
    holds: bool
    breaking: int | None


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """Every verdict on a batch. `rows` is None where no check looked at one: the columns differ."""

    verdicts: tuple[Verdict, ...]
    columns: tuple[str, ...]
    rows: int | None


class Audit:
    """The checks of one batch, Great Expectations' own metrics and verdicts, as expressions that Spark aggregates.

    Its context, caching and batch requests are left out: a data source of its context would cache the batch first
    (9.5 s for 4 M rows, measured) and turn an engine that broke into a failed expectation.

    Attributes:
        is_comparable: Whether the batch has the table's columns; else nothing but these is checked.
        frame: The batch with the columns that its rules need beside it.
        expressions: What to aggregate over that frame, for `checked`.
    """

    def __init__(self, frame: "DataFrame", table: Table) -> None:
        """Raises `AuditError` where the suite does not fit: a rule that Spark cannot read, a bound on a text."""
        great_expectations()
        from great_expectations.execution_engine import SparkDFExecutionEngine  # noqa: PLC0415 seconds to load
        from great_expectations.validator.metrics_calculator import MetricsCalculator  # noqa: PLC0415 the same

        self._columns, checks = tuple(frame.columns), describe(table)
        self.is_comparable = self._columns == table.column_names
        self._checks = (
            checks if self.is_comparable else tuple(check for check in checks if check.code == COLUMNS_DIFFER)
        )
        self.frame = _with_rules(frame, table) if self.is_comparable else frame
        self._engine = SparkDFExecutionEngine(persist=False, spark=frame.sparkSession)
        self._engine.load_batch_data("batch", self.frame)
        self._expectations = [configuration(check).to_domain_obj() for check in self._checks]
        self._needed = [one.get_validation_dependencies(self._engine, _runtime()) for one in self._expectations]
        wanted = {metric.id: metric for part in self._needed for metric in part.get_metric_configurations()}
        MetricsCalculator(self._engine).build_metric_dependency_graph(wanted.values())
        self._known, self._asked = _resolved(self._engine, tuple(wanted.values()))
        self.expressions: tuple[Any, ...] = tuple(self._known[metric.id][0] for metric in self._asked.values())

    def checked(self, values: Sequence[int | None]) -> CheckedBatch:
        """The verdicts, from the value of each expression over all rows."""
        known = self._known | {name: value or 0 for name, value in zip(self._asked, values, strict=True)}
        results = [one.metrics_validate(known, _runtime(), self._engine) for one in self._expectations]
        verdicts = tuple(
            Verdict(check, bool(result.success), _breaking(part.metric_configurations, known))
            for check, result, part in zip(self._checks, results, self._needed, strict=True)
        )
        rows = next((known[name] for name in self._asked if name[0] == _ROW_COUNT), None)
        return CheckedBatch(verdicts, self._columns, rows)


def run_suite(frame: "DataFrame", table: Table) -> CheckedBatch:
    """Every check of the table on the batch, in one job; only the check of the columns where these differ.

    Raises:
        AuditError: The suite does not fit the batch (a rule that Spark cannot read, a bound on a text).
        PySparkException: The engine broke, or a row cannot be computed: no verdict.
    """
    audit = Audit(frame, table)
    return audit.checked(audit.frame.agg(*audit.expressions).collect()[0] if audit.expressions else ())


def check_counts(counts: Mapping[str, int], columns: Sequence[str], table: Table) -> CheckedBatch:
    """Every check of the table on rows that were counted where they were written; no engine is asked.

    Where no row breaks any check, that is the verdict; where one does, Great Expectations takes it from the counts. Its
    own verdict on counts of zero is the same (a test compares them), and loading it costs more than a small run.

    Args:
        counts: The figures of `counting.questions`, over all rows of the batch.
        columns: The batch's columns in order.
        table: Its contract.
    """
    if tuple(columns) == table.column_names and not any(_broken(check, counts) for check in describe(table)):
        return CheckedBatch(tuple(map(_holding, describe(table))), table.column_names, counts[ROWS])
    return verdicts_of_the_library(counts, columns, table)


def _broken(check: Check, counts: Mapping[str, int]) -> int:
    """Rows that break a check."""
    if check.code == COLUMNS_DIFFER:
        return 0
    is_of_nulls = check.type == "expect_column_values_to_not_be_null"
    return counts[missing(check.arguments["column"]) if is_of_nulls else breaking(check)]


def _holding(check: Check) -> Verdict:
    return Verdict(check, holds=True, breaking=None if check.code == COLUMNS_DIFFER else 0)


def verdicts_of_the_library(counts: Mapping[str, int], columns: Sequence[str], table: Table) -> CheckedBatch:
    """Great Expectations' verdicts on counted rows; arguments as in `check_counts`."""
    great_expectations()
    from great_expectations.execution_engine import PandasExecutionEngine  # noqa: PLC0415 seconds to load

    engine, columns = PandasExecutionEngine(), tuple(columns)
    verdicts = []
    for check in describe(table):
        expectation = configuration(check).to_domain_obj()
        needed = expectation.get_validation_dependencies(engine, _runtime()).metric_configurations
        known = {metric.id: _counted(name, check, counts, columns, table) for name, metric in needed.items()}
        result = expectation.metrics_validate(known, _runtime(), engine)
        verdicts.append(Verdict(check, bool(result.success), _breaking(needed, known)))
    return CheckedBatch(tuple(verdicts), columns, counts[ROWS])


def _counted(name: str, check: Check, counts: Mapping[str, int], columns: tuple[str, ...], table: Table) -> Any:
    """The value of one of the library's metrics. Rules are columns beside the batch's own."""
    if name == "table.columns":
        return [*columns, *rule_columns(table)]
    if name == _ROW_COUNT:
        return counts[ROWS]
    return counts[missing(check.arguments["column"]) if name == _MISSING else breaking(check)]


def column_difference(got: Sequence[str], table: Table) -> str:
    """What is wrong with a batch's columns, in words."""
    legal = table.column_names
    missing = [name for name in legal if name not in got]
    unknown = [name for name in got if name not in legal]
    if not missing and not unknown:
        return f"columns in another order: {', '.join(got)}; legal: {', '.join(legal)}"
    return f"missing columns: {', '.join(missing) or 'none'}; unknown columns: {', '.join(unknown) or 'none'}"


def _with_rules(frame: "DataFrame", table: Table) -> "DataFrame":
    from pyspark.sql.functions import expr  # noqa: PLC0415 loaded by who has a frame

    rules = {name: expr(condition) for name, condition in rule_columns(table).items()}
    return frame.withColumns(rules) if rules else frame


def _resolved(engine: Any, wanted: Sequence[Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """What is known without reading a row, and for each metric that reads rows the one that holds its expression.

    The library itself counts the rows in a job before the others, since conditions of a column declare that they
    depend on the count (they do not read it); and where a job fails it asks for each metric alone, three times.
    """
    known: dict[Any, Any] = {metric.id: None for metric in wanted if metric.metric_name == _ROW_COUNT}
    partial = {metric.id: metric.metric_dependencies.get(_EXPRESSION) for metric in wanted}
    asked = {identifier: metric for identifier, metric in partial.items() if metric is not None}
    for metric in (*asked.values(), *(m for m in wanted if m.id not in asked)):
        _resolve(engine, metric, known)
    return known, asked


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
    return {"result_format": {"result_format": "BOOLEAN_ONLY"}}


def _breaking(needed: Mapping[str, Any], metrics: Mapping[Any, Any]) -> int | None:
    """Rows that break one check, from the metrics that its verdict needs anyway."""
    counts = {name: metrics[metric.id] for name, metric in needed.items() if name.endswith(".unexpected_count")}
    missing = counts.pop(_MISSING, None)
    breaking = next(iter(counts.values()), missing)
    return None if breaking is None else int(breaking)
