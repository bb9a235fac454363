"""How late each gateway's readings came in the newest week, by the files that brought them."""

from dataclasses import dataclass
from datetime import timedelta

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
    """

    gateway: str
    readings: int
    late: int
    bad: int
    half: timedelta | None
    most: timedelta | None


def deliveries(view: LakeView) -> tuple[Delivered, ...]:
    """Every gateway with readings in the week, by name."""
    rows = view.rows(
        """WITH timed AS (
            SELECT *, accepted_count + quarantined_count AS readings FROM gold.gateway_daily
            WHERE accepted_count + quarantined_count > 0
        )
        SELECT coalesce(gateway_id, '') AS gateway, sum(readings)::BIGINT AS readings,
            sum(delivered_late_count)::BIGINT AS late, sum(quarantined_count)::BIGINT AS bad,
            max(delivered_after_p50_s) AS half, max(delivered_after_p95_s) AS most
        FROM timed WHERE day > (SELECT max(day) FROM timed) - 7 GROUP BY gateway ORDER BY gateway"""
    )
    return tuple(
        Delivered(row["gateway"], row["readings"], row["late"], row["bad"], _span(row["half"]), _span(row["most"]))
        for row in rows
    )


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
