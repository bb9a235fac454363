"""Times on the device: how they are written, and whether it knows the zone of a source."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edge_bundle.format.pipeline import TimeRule
from edge_bundle.gateway.errors import ConfigError

US = 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # plain fields: the zone is added by hand


def format_us(at_us: int) -> str:
    """The instant as ISO 8601 with Z, six decimals only where the second is not whole.

    >>> format_us(1_420_092_000_000_000), format_us(1_500_000)
    ('2015-01-01T06:00:00Z', '1970-01-01T00:00:01.500000Z')
    """
    return (_EPOCH + timedelta(microseconds=at_us)).isoformat() + "Z"


def check_zone(rule: TimeRule) -> None:
    """Check that this device knows the zone of a source's local times.

    Raises:
        ConfigError: It does not.
    """
    if rule.kind not in ("local", "excel") or rule.zone == "UTC":
        return
    try:
        ZoneInfo(rule.zone)
    except ZoneInfoNotFoundError as exc:
        lacking = f"this device has no time zone {rule.zone!r}, in which the times of column {rule.column!r} are"
        raise ConfigError(f"{lacking}; install the operating system's package tzdata") from exc
