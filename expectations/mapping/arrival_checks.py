"""That what a mapping declares of versions, appended lines and equal stamps can be."""

from expectations.errors import MappingError
from expectations.mapping.keep import Keep
from expectations.mapping.mapping import BY_MACHINE, Mapping


def check_arrival(mapping: Mapping, where: str) -> None:
    """What a mapping declares of versions, appended lines and equal stamps fits the feed and the format."""
    if mapping.feed.name != "readings" and mapping.keep != Keep():
        raise MappingError(f"{where}: keep, [keep_of] and withdraw are for readings; feed is {mapping.feed.name}")
    if mapping.rolling and mapping.feed.name != "readings":
        raise MappingError(f"{where}: rolling is for readings; feed is {mapping.feed.name}")
    if mapping.keep.withdraw and (mapping.rolling or mapping.appended):
        key = "rolling" if mapping.rolling else "appended"
        raise MappingError(
            f"{where}: withdraw = true and {key} = true; such a file never has all of its records: keep one of the two"
        )
    _check_equal_stamps(mapping, where)
    _check_revisions(mapping, where)
    if mapping.feed.name != "failures" and mapping.complete_through is not None:
        raise MappingError(f"{where}: complete_through is for failures; feed is {mapping.feed.name}")
    if mapping.feed.name != "readings" and mapping.sensors != BY_MACHINE:
        raise MappingError(f"{where}: sensors is for readings; feed is {mapping.feed.name}")
    if mapping.appended and mapping.format in ("parquet", "json", "xlsx"):
        raise MappingError(f"{where}: appended is for files of lines; format is {mapping.format}")
    if mapping.settled_after_s and not mapping.appended:
        raise MappingError(f"{where}: settled_after belongs to appended = true")


def _check_equal_stamps(mapping: Mapping, where: str) -> None:
    rule = mapping.time.equal_stamps if mapping.time else None
    if rule is None:
        return
    if mapping.feed.name != "readings":
        raise MappingError(f"{where}: [time] same_stamp is for readings; feed is {mapping.feed.name}")
    if rule.is_mean and "sequence" in mapping.columns:
        raise MappingError(
            f"{where}: same_stamp = 'mean' makes one reading of several, and `sequence` numbers each; legal: one"
        )


def _check_revisions(mapping: Mapping, where: str) -> None:
    """What records say of their version is of readings, and in its one place."""
    filled = {*mapping.columns, *mapping.constants, *mapping.templates}
    if mapping.exported is not None and mapping.feed.name != "readings":
        raise MappingError(f"{where}: [exported] is for readings; feed is {mapping.feed.name}")
    if "revised_at" in filled:
        raise MappingError(
            f'{where}: revised_at has a form; legal: [exported] with column = "..." and the keys of [time]'
        )
    if "revision" in {*mapping.constants, *mapping.templates}:
        raise MappingError(
            f"{where}: revision is a number of each record, or of a path: legal: [columns], {{revision}}"
        )
    if "revision" in mapping.columns and "{revision}" in mapping.path:
        raise MappingError(f"{where}: revision is in path and in [columns]; keep one")
