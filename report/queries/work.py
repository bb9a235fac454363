"""What to do first, how machines were, and which metrics move to a limit."""

from dataclasses import dataclass
from datetime import date, datetime

from report.lake_view import LakeView, Row

LISTED, DAYS, TRENDS = 10, 28, 6
"""Rows of the list, dates of the map, and trends that are drawn."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of `gold.work_list`; fields as in its contract."""

    rank: int
    machine_id: str
    factory_id: str
    action: str
    reasons: str
    expected_cost_cents: int | None
    probability: float | None
    probability_from: str | None
    horizon: str
    consequence_cents: int
    consequence_from: str
    is_default_price: bool


@dataclass(frozen=True, slots=True)
class HealthDay:
    """A machine on a local date; `score` None: blind."""

    machine_id: str
    factory_id: str
    on: date
    state: str
    score: float | None
    warning_points: float | None
    critical_points: float | None
    anomaly_points: float | None
    trend_points: float | None


@dataclass(frozen=True, slots=True)
class Trend:
    """A metric of a machine that moves; `means` are its daily means of the dates before, the newest last."""

    machine_id: str
    factory_id: str
    metric: str
    unit: str
    change_per_week: float
    slope_per_day: float
    limit_value: float | None
    days_to_limit: float | None
    means: tuple[tuple[date, float], ...]


@dataclass(frozen=True, slots=True)
class Work:
    """The head of the list, how many entries it has, machines by state, the map's cells, and trends."""

    as_of: datetime
    entries: tuple[Entry, ...]
    count: int
    states: dict[str, int]
    days: tuple[HealthDay, ...]
    trends: tuple[Trend, ...]


def work(view: LakeView) -> Work | None:
    """What the tables say; None before the first machine is known."""
    machines = view.rows("SELECT state, max(as_of_at) AS as_of, count(*) AS n FROM gold.machines_now GROUP BY state")
    if not machines:
        return None
    names = ", ".join(Entry.__dataclass_fields__)
    entries = view.rows(f"SELECT {names} FROM gold.work_list ORDER BY rank LIMIT {LISTED}")  # noqa: S608  # our names
    days = view.rows(
        "SELECT machine_id, factory_id, local_date AS on, state, score, warning_points, critical_points, "
        "anomaly_points, trend_points FROM gold.machine_health "
        "WHERE local_date > (SELECT max(local_date) FROM gold.machine_health) - $days ORDER BY ALL",
        {"days": DAYS},
    )
    return Work(
        max(row["as_of"] for row in machines), tuple(Entry(**row) for row in entries), view.row_count("gold.work_list"),
        {row["state"]: row["n"] for row in machines}, tuple(HealthDay(**row) for row in days), _trends(view),
    )  # fmt: skip


def _trends(view: LakeView) -> tuple[Trend, ...]:
    """The newest week of each metric that moves: what nears a limit first, else what moves most surely."""
    found = view.rows(
        "SELECT machine_id, factory_id, metric, unit, local_date, change_per_week, slope_per_day, limit_value, "
        "days_to_limit FROM gold.trends "
        "WHERE local_date > (SELECT max(local_date) FROM gold.trends) - 3 "
        "QUALIFY row_number() OVER (PARTITION BY machine_id, factory_id, metric ORDER BY local_date DESC) = 1 "
        "AND direction <> 'steady' "
        "ORDER BY days_to_limit NULLS LAST, abs(kendall_s) DESC, machine_id, factory_id, metric LIMIT $most",
        {"most": TRENDS},
    )
    return tuple(Trend(**_without_date(row), means=_means(view, row)) for row in found)


def _without_date(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "local_date"}


def _means(view: LakeView, row: Row) -> tuple[tuple[date, float], ...]:
    names = ("machine_id", "factory_id", "metric", "local_date")
    rows = view.rows(
        "SELECT local_date, newest_mean FROM gold.trends WHERE machine_id = $machine_id AND factory_id = $factory_id "
        "AND metric = $metric AND local_date <= $local_date AND local_date > $local_date - $days ORDER BY local_date",
        {name: row[name] for name in names} | {"days": DAYS},
    )
    return tuple((each["local_date"], each["newest_mean"]) for each in rows)
