"""How late each gateway's readings came in the newest week, by the files that brought them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from report.lake_view import LakeView


@dataclass(frozen=True, slots=True)
class Delivered:
    """A gateway's readings with a true time, of the seven days to the newest one.

    Attributes:
        gateway: Its name; empty for all records that name none.
        readings: How many.
        late: How many of them came later than the plant's deadline for fresh tables.
        bad: How many of them are set aside.
        half: On the slowest day half of them came within this time; None where no file says when they came.
        most: On the slowest day 95 of 100 came within this time.
        last: Its newest reading, of any week; None where no time of its readings can be true.
    """

    gateway: str
    readings: int
    late: int
    bad: int
    half: timedelta | None
    most: timedelta | None
    last: datetime | None


def deliveries(view: LakeView) -> tuple[Delivered, ...]:
    """Every gateway, by name; one without readings in the week has 0."""
    rows = view.rows(
        """WITH counted AS (
            SELECT *, accepted_count + quarantined_count AS readings FROM gold.gateway_daily
        ), marked AS (
            SELECT *, readings > 0 AND day > (SELECT max(day) FROM counted WHERE readings > 0) - 7 AS is_new
            FROM counted
        )
        SELECT coalesce(gateway_id, '') AS gateway, max(last_reading_at) AS last,
            coalesce(sum(readings) FILTER (is_new), 0)::BIGINT AS readings,
            coalesce(sum(delivered_late_count) FILTER (is_new), 0)::BIGINT AS late,
            coalesce(sum(quarantined_count) FILTER (is_new), 0)::BIGINT AS bad,
            max(delivered_after_p50_s) FILTER (is_new) AS half, max(delivered_after_p95_s) FILTER (is_new) AS most
        FROM (SELECT * FROM marked
            UNION ALL BY NAME SELECT DISTINCT gateway_id, false AS is_new FROM gold.clock_suspects)
        GROUP BY gateway ORDER BY gateway"""
    )
    return tuple(
        Delivered(
            row["gateway"],
            row["readings"],
            row["late"],
            row["bad"],
            _span(row["half"]),
            _span(row["most"]),
            row["last"],
        )
        for row in rows
    )


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
