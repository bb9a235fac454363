"""When a version of a file counts from: its own time, or the export time that its path states. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from expectations.mapping.exported import EXPORTED_AT
from expectations.mapping.keep import Keep
from expectations.mapping.landed_path import pattern_of
from jobs.ingest.file_times import microseconds

_UTC = "UTC"
_SECOND_US = 1_000_000
_EASTERNMOST_US = 14 * 3600 * _SECOND_US  # UTC+14, Kiritimati: the greatest offset of the IANA time zone database
_BY_SECOND = 250_000  # seconds before or behind the export time, nearly three days
_HALF = 500_000  # microseconds: a path states whole seconds, so that two export times stay in order


def stated_us(keep: Keep, path: str, modified_us: int) -> int | None:
    """The export time that a path states, microseconds since 1970; None: it states none.

    Of the hour that happens twice the pass counts that is nearer to the file's own time.

    Args:
        keep: The rule of the mapping that read it.
        path: Where it landed.
        modified_us: The file's own time.
    """
    fields = pattern_of(keep.exported).fields(path) if keep.exported else None
    if not fields:
        return None
    zone = UTC if keep.zone == _UTC else ZoneInfo(keep.zone)
    wall = datetime.fromisoformat(fields[EXPORTED_AT])
    passes = [_instant_us(wall.replace(fold=fold), zone) for fold in (0, 1)]
    return min(passes, key=lambda at_us: abs(modified_us - at_us))


def _instant_us(wall: datetime, zone: tzinfo) -> int:
    """When a clock of a zone shows that; also where it lies beyond the years that a time can have."""
    offset = wall.replace(tzinfo=zone).utcoffset() or timedelta(0)
    return microseconds(wall.replace(tzinfo=UTC)) - offset // timedelta(microseconds=1)


def latest_at(row: Mapping[str, Any], lead_us: int) -> int:
    """The latest time that a row of the ledger allows: its file's clock and a lead; microseconds since 1970."""
    return microseconds(row.get("clock_at") or row["_ingested_at"]) + lead_us


def is_ahead(keep: Keep, path: str, modified_us: int, latest_us: int) -> bool:
    """Whether the export time that a path states cannot be true: it is later than the latest that may be.

    Where the mapping's times have no zone, the name may be in that of an office, up to 14 hours before UTC.

    Args:
        keep: The rule of the mapping that read it.
        path: Where it landed.
        modified_us: The file's own time.
        latest_us: The clock of the file and the lead that the plant allows.
    """
    stated = stated_us(keep, path, modified_us)
    return stated is not None and stated > latest_us + (_EASTERNMOST_US if keep.zone == _UTC else 0)


def counts_from(keep: Keep, path: str, modified_us: int, latest_us: int) -> int:
    """The time by which a version ranks, microseconds since 1970.

    Versions of one path with one stated time rank by the file's own: to the second for nearly three days around the
    export, then to two minutes for most of a year, as microseconds that are added to the stated time. A stated time
    that cannot be true is none. The arguments are those of `is_ahead`.
    """
    stated = stated_us(keep, path, modified_us)
    if stated is None or is_ahead(keep, path, modified_us, latest_us):
        return modified_us
    behind = (modified_us - stated) // _SECOND_US
    return stated + _HALF + (_within(behind) if behind >= 0 else -_within(-behind))


def _within(seconds: int) -> int:
    """Microseconds below half a second that grow with the seconds."""
    return min(seconds if seconds < _BY_SECOND else _BY_SECOND + (seconds - _BY_SECOND) // 120, _HALF - 1)
