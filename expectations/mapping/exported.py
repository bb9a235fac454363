"""When files and records were exported: `{exported_at:%Y%m%d%H%M}` in `path` of a mapping of readings, `[exported]`."""

from dataclasses import replace

from expectations.errors import MappingError
from expectations.feeds import READINGS, Feed
from expectations.mapping.mapping import Mapping
from expectations.mapping.time_rule import TimeRule, time_rule
from expectations.plant.toml_reader import Section

EXPORTED_AT = "exported_at"


def with_export_time(mapping: Mapping) -> Mapping:
    """The mapping whose rule of versions knows the pattern, where the path states when a file was exported."""
    if mapping.feed.name != READINGS.name or f"{{{EXPORTED_AT}:" not in mapping.path:
        return mapping
    zone = mapping.time.zone if mapping.time is not None else "UTC"
    return replace(mapping, keep=replace(mapping.keep, exported=mapping.path, zone=zone))


def export_rule(section: Section, feed: Feed) -> TimeRule:
    """Where a record says when it was exported, and what that means: the keys of `[time]` that are of one stamp.

    Raises:
        MappingError: An unknown key or value, or a key that is of the times of a series.
    """
    rule = time_rule(section, feed)
    if rule.equal_stamps is not None or rule.every is not None or rule.earlier_us or rule.repeated == "by_order":
        raise MappingError(
            f"{section.where}: an export time is one stamp of a record; legal: the keys of [time] but same_stamp, "
            "every, marks and repeated = 'by_order'"
        )
    return rule
