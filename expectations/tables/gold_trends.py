"""Gold: where each metric of a machine is going, over a week."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID, METRIC

TREND_DAYS, LEAST_DAYS = 7, 5
DIRECTIONS = {
    "rising": "More pairs of days rise than chance explains: Mann-Kendall, exact, two-sided, 5 %",
    "falling": "The same the other way",
    "steady": "Neither",
}

TRENDS = Table(
    "gold", "trends",
    f"How each metric of a machine moves over {TREND_DAYS} local dates: the median slope of its daily means",
    (
        MACHINE_ID, FACTORY_ID, METRIC,
        Column("local_date", "date", "Last date of the window, in the factory's time zone", nullable=False),
        Column("day_count", "bigint", "Dates with readings in the window, its last one among them", nullable=False,
               minimum=LEAST_DAYS, maximum=TREND_DAYS),
        Column("unit", "string", "Unit of the metric", nullable=False),
        Column("newest_mean", "double", "Mean of the last date, in `unit`", nullable=False),
        Column("slope_per_day", "double", "Theil-Sen: median of the slopes between any two dates, in `unit` a day",
               nullable=False),
        Column("change_per_week", "double", "Seven times that, in `unit`", nullable=False),
        Column("kendall_s", "bigint", "Pairs of dates that rise less pairs that fall", nullable=False, minimum=-21,
               maximum=21),
        Column("direction", "string", "Whether the order of the dates says more than chance", nullable=False,
               allowed=tuple(DIRECTIONS)),
        Column("limit_value", "double", "The nearest limit that the mean moves to, in `unit`: of a warning, else a "
               "critical one; null where it is steady or no limit is that way"),
        Column("days_to_limit", "double", "Days until the mean reaches it at this slope; 0 beyond it", unit="d",
               minimum=0),
    ),
    key=("machine_id", "factory_id", "metric", "local_date"),
    partition_by=("local_date",),
    rules=(
        Rule("limit_has_days", "(limit_value IS NULL) = (days_to_limit IS NULL) AND "
             "(limit_value IS NULL OR direction <> 'steady')", Severity.FAIL,
             "Days are those to a limit, of a mean that moves"),
    ),
    retention_days=30,
)  # fmt: skip
