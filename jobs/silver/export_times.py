"""When a version of a file counts from: its own time, or the export time that its path states. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from expectations.mapping.exported import EXPORTED_AT
from expectations.mapping.keep import Keep
from expectations.mapping.landed_path import pattern_of
from jobs.ingest.file_times import microseconds

_SECOND_US = 1_000_000
_BY_SECOND = 250_000  # seconds before or behind the export time, nearly three days
_HALF = 500_000  # microseconds: a path states whole seconds, so that two export times stay in order


def counts_from(keep: Keep, path: str, modified_us: int) -> int:
    """The time by which a version ranks, microseconds since 1970.

    Versions of one path with one stated time rank by the file's own: to the second for nearly three days around the
    export, then to two minutes for most of a year, as microseconds that are added to the stated time. Of the hour that
    happens twice the pass counts that is nearer to the file's own time.

    Args:
        keep: The rule of the mapping that read it.
        path: Where it landed.
        modified_us: The file's own time.
    """
    fields = pattern_of(keep.exported).fields(path) if keep.exported else None
    if not fields:
        return modified_us
    zone = UTC if keep.zone == "UTC" else ZoneInfo(keep.zone)
    wall = datetime.fromisoformat(fields[EXPORTED_AT]).replace(tzinfo=zone)
    passes = [microseconds(wall.replace(fold=fold).astimezone(UTC)) for fold in (0, 1)]
    stated_us = min(passes, key=lambda at_us: abs(modified_us - at_us))
    behind = (modified_us - stated_us) // _SECOND_US
    return stated_us + _HALF + (_within(behind) if behind >= 0 else -_within(-behind))


def _within(seconds: int) -> int:
    """Microseconds below half a second that grow with the seconds."""
    return min(seconds if seconds < _BY_SECOND else _BY_SECOND + (seconds - _BY_SECOND) // 120, _HALF - 1)
