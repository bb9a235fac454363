"""How well the models did: rows of `gold.model_performance` for the page."""

from dataclasses import dataclass, fields
from datetime import datetime

from report.lake_view import LakeView, Row

WEEKS = 8
"""Weeks that the page shows of the version that scored last."""


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """One row; fields as in its contract."""

    model_version: str
    source: str
    horizon: str
    period: str
    period_start_at: datetime
    period_end_at: datetime
    slice: str
    slice_value: str
    matured_frac: float | None
    event_count: int
    caught_count: int
    too_late_count: int
    missed_count: int
    recall: float | None
    recall_low: float | None
    recall_high: float | None
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    false_alarms_per_machine_year: float | None
    false_alarms_low: float | None
    false_alarms_high: float | None
    lead_hours_median: float | None
    plain_rule: str | None
    plain_recall: float | None
    plain_precision: float | None
    plain_false_alarms_per_machine_year: float | None
    is_few_events: bool
    is_behind: bool
    note: str


@dataclass(frozen=True, slots=True)
class PerformanceFacts:
    """What the page says of the models.

    Attributes:
        versions: All weeks of each version and source, the one that scored last first.
        weeks: The newest weeks of the first of them, the newest first.
        behind: Slices of it that fall behind its fleet, over all weeks.
        shadow: The newest weeks in which a version scored in shadow, the newest first: in each week what scored in
            batch, then what scored in shadow.
    """

    versions: tuple[PeriodFigures, ...]
    weeks: tuple[PeriodFigures, ...]
    behind: tuple[PeriodFigures, ...]
    shadow: tuple[PeriodFigures, ...]


def performance(view: LakeView) -> PerformanceFacts | None:
    """Every version's figures; None where no score of a time counts that its model had not seen."""
    rows = view.rows(
        "SELECT * FROM gold.model_performance WHERE source <> 'shadow' "
        "ORDER BY period_end_at DESC, model_version, source, horizon, slice, slice_value"
    )
    found = [*map(_figures, rows)]
    versions = tuple(row for row in found if (row.period, row.slice) == ("all", "fleet"))
    if not versions:
        return None
    newest = versions[0]
    mine = [row for row in found if (row.model_version, row.source, row.horizon) == _of(newest)]
    weeks = tuple(row for row in mine if (row.period, row.slice) == ("week", "fleet"))
    behind = tuple(row for row in mine if row.period == "all" and row.is_behind)
    return PerformanceFacts(versions, weeks[:WEEKS], behind, _shadow(view))


def _shadow(view: LakeView) -> tuple[PeriodFigures, ...]:
    """Weeks of a version in shadow and of what scored beside it; none where there was no such version."""
    rows = view.rows(
        "SELECT * FROM gold.model_performance WHERE period = 'week' AND slice = 'fleet' AND source <> 'edge' "
        "QUALIFY bool_or(source = 'shadow') OVER (PARTITION BY period_start_at, horizon) "
        "AND dense_rank() OVER (ORDER BY period_start_at DESC) <= $weeks "
        "ORDER BY period_start_at DESC, horizon, source, model_version",
        {"weeks": WEEKS},
    )
    return tuple(map(_figures, rows))


def _figures(row: Row) -> PeriodFigures:
    return PeriodFigures(**{field.name: row[field.name] for field in fields(PeriodFigures)})


def _of(row: PeriodFigures) -> tuple[str, str, str]:
    return row.model_version, row.source, row.horizon
