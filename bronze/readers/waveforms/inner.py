"""The mapping of what is beside the samples: records that the readers of other feeds can read."""

from dataclasses import replace

from expectations.feeds import WAVEFORMS, Feed, FeedColumn
from expectations.mapping.mapping import Mapping, MetricColumn
from expectations.mapping.row_step import RowStep
from expectations.mapping.samples import SamplesRule

_GIVEN = {"encoding", "scale", "sample_count", "samples"}
_SENSOR = FeedColumn("sensor_id", "string", "Sensor as the plant names it", required=True)
ROWS = Feed(
    "waveforms",
    "measured_at",
    (
        FeedColumn("measured_at", "timestamp", "Time of the row, or of the file", required=True),
        *(column for column in WAVEFORMS.columns if column.name in ("sensor_id", "machine_id", "factory_id", "unit")),
        FeedColumn("metric", "string", "Source column of the sample", required=True),
        FeedColumn("value", "double", "The sample", required=True),
        FeedColumn("speed_rpm", "double", "Speed of the shaft"),
        FeedColumn("gateway_id", "string", "Gateway"),
    ),
    (),
    "Samples, one a row",
)
"""A sample as a reading: `metric` is its column."""


def rule_of(mapping: Mapping) -> SamplesRule:
    """The rule of a mapping of waveforms; `check_samples` has seen that it has one."""
    if mapping.samples is None:
        raise ValueError(f"mapping {mapping.name} has no [samples]")
    return mapping.samples


def beside_cells(mapping: Mapping) -> Mapping:
    """Of windows in cells: the mapping of all other columns."""
    rule = rule_of(mapping)
    given = _GIVEN | ({"rate_hz"} if rule.rate_hz else set()) | ({"sensor_id"} if any(rule.columns.values()) else set())
    columns = tuple(column for column in WAVEFORMS.columns if column.name not in given)
    return replace(mapping, feed=replace(WAVEFORMS, columns=columns), samples=None)


def as_readings(mapping: Mapping) -> Mapping:
    """Of samples in rows: the mapping of readings, wide by column; its reader counts the places of rows."""
    unit = mapping.constants.get("unit", "")
    cells = tuple(
        MetricColumn(column, metric=column, unit=unit, sensor=sensor)
        for column, sensor in rule_of(mapping).columns.items()
    )
    time = None if mapping.time is None else replace(mapping.time, every=RowStep(1, 1))
    return replace(mapping, feed=ROWS, shape="wide_by_metric", metrics=cells, time=time, samples=None)
