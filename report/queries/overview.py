"""What this plant is: machines, period, readings, failures, and each factory's days."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from report.lake_view import LakeView

_FILES = "SELECT count(DISTINCT _file_id) AS files FROM bronze.files WHERE outcome NOT IN ('repaired', 'undone')"


@dataclass(frozen=True, slots=True)
class FactoryDay:
    """One local day of a factory, from gold.factory_daily."""

    on: date
    readings: int
    machines: int
    warnings: int
    criticals: int


@dataclass(frozen=True, slots=True)
class FactoryDays:
    """A factory's days in order, and its time zone."""

    factory_id: str
    zone: str
    days: tuple[FactoryDay, ...]


@dataclass(frozen=True, slots=True)
class Freshness:
    """Age of one table: at the check that found it so, or at the page's clock where one was given."""

    table: str
    newest_at: datetime | None
    age_h: float | None
    deadline_h: float
    is_late: bool


@dataclass(frozen=True, slots=True)
class Period:
    """The period of the readings, the machines that sent any, and what happened to them in that time."""

    first_at: datetime | None
    last_at: datetime | None
    machines: int
    known_machines: int
    failures: int
    failed_machines: int
    maintenance: int
    errors: int

    @property
    def length(self) -> timedelta:
        """From the first bucket to the last; nothing without readings."""
        return self.last_at - self.first_at if self.first_at and self.last_at else timedelta()


@dataclass(frozen=True, slots=True)
class MetricUse:
    """Readings of one metric, and how many were beyond a limit."""

    metric: str
    readings: int
    warnings: int
    criticals: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the first section says. `as_of` is a given clock or the lake's own newest, never this machine's."""

    as_of: datetime | None
    readings: int
    files: int
    period: Period
    factories: tuple[FactoryDays, ...]
    metrics: tuple[MetricUse, ...]
    freshness: tuple[Freshness, ...]


def overview(view: LakeView, as_of: datetime | None = None) -> Overview:
    """The plant at a glance, by a clock; by default the newest clock in the lake."""
    return Overview(
        as_of=as_of or _as_of(view),
        readings=view.row_count("silver.readings"),
        files=view.row(_FILES)["files"],
        period=_period(view),
        factories=_factories(view),
        metrics=_metrics(view),
        freshness=_freshness(view, as_of),
    )


def _as_of(view: LakeView) -> datetime | None:
    sources = (
        ("bronze.files", "_ingested_at"), ("gold.freshness", "checked_at"), ("gold.model_versions", "trained_at"),
        ("gold.gate_decisions", "decided_at"), ("gold.model_aliases", "set_at"),
    )  # fmt: skip
    newest = [view.row(f"SELECT max({column}) AS newest FROM {table}")["newest"] for table, column in sources]  # noqa: S608  # names above
    return max((at for at in newest if at is not None), default=None)


def _period(view: LakeView) -> Period:
    bounds = view.row(
        "SELECT min(bucket_at) AS first_at, max(bucket_at) AS last_at, "
        "count(DISTINCT (machine_id, factory_id)) AS machines "
        "FROM silver.buckets"
    )
    happened = view.rows(
        "SELECT kind, count(*) AS events, count(DISTINCT (machine_id, factory_id)) AS machines "
        "FROM silver.machine_events "
        "WHERE (machine_id, factory_id) IN (SELECT (machine_id, factory_id) FROM silver.buckets) "
        "AND occurred_at BETWEEN $first AND $last "
        "GROUP BY kind",
        {"first": bounds["first_at"], "last": bounds["last_at"]},
    )
    events = {row["kind"]: row["events"] for row in happened}
    failed = {row["kind"]: row["machines"] for row in happened}.get("failure", 0)
    return Period(
        **bounds,
        known_machines=view.row("SELECT count(DISTINCT (machine_id, factory_id)) AS machines FROM silver.machines")[
            "machines"
        ],
        failures=events.get("failure", 0),
        failed_machines=failed,
        maintenance=events.get("maintenance", 0),
        errors=events.get("error", 0),
    )


def _factories(view: LakeView) -> tuple[FactoryDays, ...]:
    rows = view.rows(
        "SELECT factory_id, local_date, reading_count, active_machine_count, warning_count, critical_count "
        "FROM gold.factory_daily ORDER BY factory_id, local_date"
    )
    days: dict[str, list[FactoryDay]] = {}
    for row in rows:
        days.setdefault(row["factory_id"], []).append(
            FactoryDay(
                row["local_date"],
                row["reading_count"],
                row["active_machine_count"],
                row["warning_count"],
                row["critical_count"],
            )
        )
    profile = view.plant.profile
    return tuple(FactoryDays(name, profile.zone_of(name), tuple(found)) for name, found in days.items())


def _metrics(view: LakeView) -> tuple[MetricUse, ...]:
    rows = view.rows(
        "SELECT metric, sum(reading_count)::BIGINT AS readings, sum(warning_count)::BIGINT AS warnings, "
        "sum(critical_count)::BIGINT AS criticals FROM silver.buckets GROUP BY metric"
    )
    found = {row["metric"]: MetricUse(**row) for row in rows}
    return tuple(found.get(name, MetricUse(name, 0, 0, 0)) for name in view.plant.profile.metrics)


def _freshness(view: LakeView, as_of: datetime | None) -> tuple[Freshness, ...]:
    """The newest row of each table; a check that finds the same adds none."""
    rows = view.rows(
        'SELECT table_name AS "table", newest_at, age_h, deadline_h, is_late FROM gold.freshness '
        "QUALIFY row_number() OVER (PARTITION BY table_name ORDER BY checked_at DESC) = 1 ORDER BY table_name"
    )
    found = (Freshness(**row) for row in rows)
    return tuple(found if as_of is None else (_aged(each, as_of) for each in found))


def _aged(found: Freshness, as_of: datetime) -> Freshness:
    age_h = (as_of - found.newest_at).total_seconds() / 3600 if found.newest_at else None
    return replace(found, age_h=age_h, is_late=age_h is None or age_h > found.deadline_h)
