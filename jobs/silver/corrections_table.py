"""`silver.corrections`: the corrections of the mappings, as rows; written again where the mappings say otherwise."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from expectations.mapping.folder import Mappings
from expectations.mapping.mapping import Mapping as SourceMapping
from expectations.mapping.mapping import MetricColumn
from expectations.mapping.values import FIRST_US, LAST_US, Correction

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def correction_rows(sources: Mappings, stored: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each correction of each mapping.

    Args:
        sources: The plant's mappings.
        stored: The rows of now. Those of a mapping that is refused are retained: what it corrects is not known.
    """
    refused = {one.name for one in sources.refused}
    rows = [
        _row(mapping, position, rule)
        for mapping in sources.usable
        for position, rule in enumerate(mapping.corrections, start=1)
    ]
    return rows + [dict(row) for row in stored if row["mapping"] in refused]


def _row(mapping: SourceMapping, position: int, rule: Correction) -> dict[str, Any]:
    cell = _cell(mapping, rule.column)
    sensor = rule.sensor or cell.sensor
    machines = (
        cell.machine,
        mapping.machines.get(rule.column),
        mapping.machine_of.get(sensor),
        mapping.constants.get("machine_id"),
    )
    return {
        "mapping": mapping.name,
        "position": position,
        "factory_id": mapping.constants.get("factory_id"),
        "machine_id": next(filter(None, machines), None),
        "sensor_id": sensor or None,
        "metric": rule.metric or cell.metric or mapping.constants.get("metric"),
        "source_column": rule.column or None,
        "valid_from": None if rule.since_us == FIRST_US else _time(rule.since_us),
        "valid_to": None if rule.until_us == LAST_US else _time(rule.until_us),
        "value_factor": rule.factor,
        "value_offset": rule.offset,
        "unit": rule.unit or None,
        "continues": rule.continues or None,
    }


def _cell(mapping: SourceMapping, column: str) -> MetricColumn:
    """What the mapping says of a source column; a cell without texts where it says nothing."""
    return next((one for one in mapping.metrics if one.column == column), MetricColumn("", "", ""))


def _time(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)
