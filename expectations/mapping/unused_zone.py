"""That a zone in a table of times counts: epochs and texts with a zone of their own are in none."""

from expectations.errors import MappingError
from expectations.mapping.mapping import Mapping
from expectations.mapping.time_rule import TimeRule

_IN_PATH = ":%"
"""In a pattern of paths it begins the form of a time, which is in the zone of the mapping's times."""


def check_zone(mapping: Mapping, where: str) -> None:
    """Refuse a zone that changes nothing: whoever says it expects that times are read in it.

    Raises:
        MappingError: Names the table, its kind and its zone.
    """
    if _IN_PATH not in mapping.path:
        _check(mapping.time, f"{where}.time")
    _check(mapping.exported, f"{where}.exported")


def _check(rule: TimeRule | None, where: str) -> None:
    if rule is not None and rule.zone != "UTC" and rule.kind not in ("local", "excel"):
        raise MappingError(
            f"{where}: times of kind = {rule.kind!r} are in no zone, so zone = {rule.zone!r} says nothing of them; "
            "take it out, or say kind = 'local' where the source writes texts in that zone"
        )
