"""When a version of a file counts from: its own time, or the export time that its path states. Pure."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from expectations.mapping.exported import EXPORTED_AT
from expectations.mapping.keep import Keep
from expectations.mapping.landed_path import pattern_of
from jobs.ingest.file_times import microseconds

_SECOND_US = 1_000_000
_BY_SECOND = 500_000  # seconds behind the export time, nearly six days
_MOST = 999_999  # microseconds: a path states whole seconds, so that two export times stay in order


def counts_from(keep: Keep, path: str, modified_us: int) -> int:
    """The time by which a version ranks, microseconds since 1970.

    Versions of one path with one stated time rank by the file's own: to the second for nearly six days behind the
    export, then to the minute for most of a year, as microseconds that are added to the stated time.

    Args:
        keep: The rule of the mapping that read it.
        path: Where it landed.
        modified_us: The file's own time.
    """
    fields = pattern_of(keep.exported).fields(path) if keep.exported else None
    if not fields:
        return modified_us
    zone = UTC if keep.zone == "UTC" else ZoneInfo(keep.zone)
    stated_us = microseconds(datetime.fromisoformat(fields[EXPORTED_AT]).replace(tzinfo=zone).astimezone(UTC))
    behind = max(0, (modified_us - stated_us) // _SECOND_US)
    return stated_us + min(behind if behind < _BY_SECOND else _BY_SECOND + (behind - _BY_SECOND) // 60, _MOST)
