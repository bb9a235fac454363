"""What parts of a mapping of waveforms must agree before a file is read with it."""

from expectations.errors import MappingError
from expectations.feeds import WAVEFORMS
from expectations.mapping.mapping import Mapping
from expectations.mapping.samples import IN_ROWS, LIST, SamplesRule

_OF_CELLS = ("samples", "encoding", "scale", "sample_count")


def check_samples(mapping: Mapping, where: str) -> None:
    """Refuse `[samples]` where it does not belong, and a mapping of waveforms that cannot be read.

    Raises:
        MappingError: What contradicts what, and what is legal.
    """
    rule = mapping.samples
    if (mapping.feed is WAVEFORMS) != (rule is not None):
        raise MappingError(
            f"{where}: [samples] belongs to feed waveforms, and it needs one; feed is {mapping.feed.name}"
        )
    if rule is None:
        return
    _check_form(mapping, rule, where)
    if stray := [name for name in _OF_CELLS if name in {*mapping.columns, *mapping.constants, *mapping.templates}]:
        raise MappingError(f"{where}: {stray[0]} is filled by [samples]; take it out of the other table")
    if bool(rule.rate_hz) == ("rate_hz" in mapping.columns):
        raise MappingError(f"{where}: rate_hz is said once: in [samples], or as a column of a window a row")
    if any(rule.columns.values()) and "sensor_id" in {*mapping.columns, *mapping.constants, *mapping.templates}:
        raise MappingError(f"{where}: sensor_id is filled in two ways; [samples] sensors names it")
    if rule.layout == IN_ROWS:
        _check_rows(mapping, rule, where)


def _check_form(mapping: Mapping, rule: SamplesRule, where: str) -> None:
    if mapping.format not in ("csv", "parquet"):
        raise MappingError(f"{where}: waveforms come in csv and parquet; format is {mapping.format}")
    if mapping.format == "csv" and rule.layout != IN_ROWS:
        raise MappingError(f'{where}: in csv each row is a sample; say layout = "{IN_ROWS}"')
    if mapping.time is None:
        raise MappingError(f"{where}: [time] is missing: name the time of a window's first sample")
    if mapping.appended or mapping.each_row_step is not None:
        raise MappingError(f"{where}: appended and [time] every are not for waveforms: their windows are cut by count")


def _check_rows(mapping: Mapping, rule: SamplesRule, where: str) -> None:
    """Of samples in rows all else is said once for the file; a time and a speed may be in each row."""
    if rule.encoding != LIST:
        raise MappingError(f"{where}: encoding is for cells that hold a window; layout is {rule.layout}")
    if stray := [name for name in mapping.columns if name != "speed_rpm"]:
        raise MappingError(
            f"{where}: {stray[0]} is the same for all rows of a file of samples; say it by path, [constants] or above"
        )


def filled_by_samples(mapping: Mapping) -> set[str]:
    """Columns that `[samples]` fills."""
    rule = mapping.samples
    if rule is None:
        return set()
    sensors = {"sensor_id"} if any(rule.columns.values()) else set[str]()
    return {*_OF_CELLS, *sensors, *(("rate_hz",) if rule.rate_hz else ())}
