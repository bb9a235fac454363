"""Delays of feeds: whether events come later than the profile declares."""

from collections.abc import Iterator
from typing import Any

from expectations.errors import ContractError
from expectations.mapping.mapping import Mapping
from jobs.diagnosis.finding import Finding, Level
from jobs.quality.feed_delays import delays_now
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError

_HOUR_S, _DAY_S = 3600, 86_400


def delays(settings: Settings) -> Iterator[Finding]:
    """A finding for each mapping of which more than 5 in 100 events came later than the profile declares.

    A history that states how far it reaches is left out: the time of a copy says nothing of it.
    """
    try:
        plant = load_plant(settings)
        rows = delays_now(plant)
    except (ContractError, UsageError, OSError):
        return  # the findings on the plant and on the lake say it
    arriving = {mapping.name for mapping in plant.sources.usable if _arrives(mapping)}
    for row in rows:
        if row["mapping"] in arriving and (row["delay_p95_s"] or 0) > (row["declared_delay_s"] or 0):
            yield _later_than_declared(row)


def _arrives(mapping: Mapping) -> bool:
    return mapping.complete_through is None


def _later_than_declared(row: dict[str, Any]) -> Finding:
    declared = row["declared_delay_s"]
    profile = "declares no delay" if declared is None else f"declares {duration(declared)}"
    return Finding(
        "delays",
        Level.WARN,
        f"mapping {row['mapping']}: of {row['event_count']:,} events of feed {row['feed']} 95 in 100 were on record "
        f"within {duration(row['delay_p95_s'])}, the last within {duration(row['delay_max_s'])}; the profile "
        f"{profile}, so a model learns from events before they can be known",
        f'write into the profile: [feeds.{row["feed"]}] delay = "{duration(row["delay_p95_s"])}"; '
        "then run `assay gold` and train again",
    )


def duration(length_s: float) -> str:
    """A duration as profiles have it, rounded up: to minutes below an hour, to hours below two days, to days.

    >>> duration(30), duration(5400), duration(86_400), duration(172_801)
    ('1min', '2h', '24h', '3d')
    """
    if length_s <= _HOUR_S:
        return f"{_up(length_s, 60)}min"
    return f"{_up(length_s, _HOUR_S)}h" if length_s <= 2 * _DAY_S else f"{_up(length_s, _DAY_S)}d"


def _up(length_s: float, unit_s: int) -> int:
    return max(1, int(-(-length_s // unit_s)))
