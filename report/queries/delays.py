"""How late records of events come, as the newest check of quality wrote it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from report.lake_view import LakeView


@dataclass(frozen=True, slots=True)
class Delay:
    """A mapping of events; delays are None where no event counts, `declared` where the profile declares none."""

    feed: str
    mapping: str
    events: int
    half: timedelta | None
    most: timedelta | None
    longest: timedelta | None
    declared: timedelta | None


def delays(view: LakeView) -> tuple[Delay, ...]:
    """Every mapping of events that has files; none before the first check."""
    rows = view.rows(
        "SELECT feed, mapping, event_count, delay_p50_s, delay_p95_s, delay_max_s, declared_delay_s "
        "FROM gold.feed_delays ORDER BY feed, mapping"
    )
    return tuple(map(_delay, rows))


def _delay(row: dict[str, Any]) -> Delay:
    lengths = (row[f"{name}_s"] for name in ("delay_p50", "delay_p95", "delay_max", "declared_delay"))
    spans = (None if length is None else timedelta(seconds=length) for length in lengths)
    return Delay(row["feed"], row["mapping"], row["event_count"], *spans)
