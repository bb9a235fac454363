"""Until when the failures of a plant are known: up to then a machine without one on record had none."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from expectations.mapping.landed_path import path_fields
from expectations.mapping.mapping import Mapping

KNOWN = ("read", "file_changed", "duplicate_file")
"""Outcomes of files whose content is known; that of a file that is still to be read is not."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file of a feed in the ledger.

    Attributes:
        path: Path below the landing folder.
        mapping: Name of the mapping that read it.
        modified_at: Time of the file, UTC.
        ingested_at: Clock of the run that admitted it, UTC.
    """

    path: str
    mapping: str
    modified_at: datetime
    ingested_at: datetime


def known_through(arrivals: Iterable[Arrival], mappings: Sequence[Mapping], delay: timedelta) -> datetime | None:
    """The time through which every failure is on record; None where nothing arrived.

    A file says it by its path (``{complete_through:%Y%m%d}``), its mapping by ``complete_through``, else it is the time
    of the file, at most that of its ingest, less the delay with which records reach the feed. A file without a record,
    or with a known content, says it as well as any; a feed without files says nothing, and silence is no evidence.

    A mapping is known through the latest that its files say. Of several that arrive, the earliest holds. One that
    states the time itself is a history, and holds where it reaches further than those that arrive.

    Args:
        arrivals: Files of the feed whose content was read or is known.
        mappings: The feed's mappings.
        delay: How much later than its time a record may reach the feed.
    """
    by_name = {mapping.name: mapping for mapping in mappings}
    latest: dict[str, datetime] = {}
    for arrival in arrivals:
        if arrival.mapping in by_name:
            until = _known_until(arrival, by_name[arrival.mapping], delay)
            latest[arrival.mapping] = max(until, latest.get(arrival.mapping, until))
    return _of_all(latest, by_name)


def _known_until(arrival: Arrival, mapping: Mapping, delay: timedelta) -> datetime:
    stated = (path_fields(mapping, arrival.path) or {}).get("complete_through")
    if stated is not None:
        return _instant(stated, mapping)
    if mapping.complete_through is not None:
        return mapping.complete_through
    return min(arrival.modified_at, arrival.ingested_at) - delay


def _instant(text: str, mapping: Mapping) -> datetime:
    """A time of a path, in the zone of the mapping's times."""
    zone = ZoneInfo(mapping.time.zone) if mapping.time is not None and mapping.time.zone else UTC
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def _of_all(latest: Table[str, datetime], by_name: Table[str, Mapping]) -> datetime | None:
    arriving = [time for name, time in latest.items() if by_name[name].complete_through is None]
    histories = [time for name, time in latest.items() if by_name[name].complete_through is not None]
    return max([*histories, *([min(arriving)] if arriving else [])], default=None)
