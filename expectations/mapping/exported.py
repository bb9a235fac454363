"""When a file was exported, where its path says it: `{exported_at:%Y%m%d%H%M}` in `path` of a mapping of readings."""

from dataclasses import replace

from expectations.feeds import READINGS
from expectations.mapping.mapping import Mapping

EXPORTED_AT = "exported_at"


def with_export_time(mapping: Mapping) -> Mapping:
    """The mapping whose rule of versions knows the pattern, where the path states when a file was exported."""
    if mapping.feed.name != READINGS.name or f"{{{EXPORTED_AT}:" not in mapping.path:
        return mapping
    zone = mapping.time.zone if mapping.time is not None else "UTC"
    return replace(mapping, keep=replace(mapping.keep, exported=mapping.path, zone=zone))
