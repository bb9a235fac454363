"""Corrections of a mapping on columns of readings, as `domain.record.corrections` says; vectorised."""

import pyarrow as pa
import pyarrow.compute as pc

from bronze.readers.coded_text import plain
from expectations.mapping.mapping import Mapping
from expectations.mapping.values import Correction


def corrected(ours: dict[str, pa.Array], mapping: Mapping) -> dict[str, pa.Array]:
    """Value, unit and sensor of readings after all corrections.

    Args:
        ours: Our columns, with `measured_at` as UTC microseconds; `_column` where the file is wide.
        mapping: Whose corrections they are.
    """
    at_us = ours[mapping.feed.time].cast(pa.int64())
    value, unit, sensor = ours["value"], plain(ours["unit"]), plain(ours["sensor_id"])
    for rule in mapping.corrections:
        holds = _holds(rule, ours, at_us)
        value = pc.if_else(holds, pc.add(pc.multiply(value, rule.factor), rule.offset), value)
        # What is missing remains missing: such a record is rejected.
        unit = pc.if_else(pc.and_(holds, unit.is_valid()), rule.unit, unit) if rule.unit else unit
        sensor = pc.if_else(pc.and_(holds, sensor.is_valid()), rule.continues, sensor) if rule.continues else sensor
    return {"value": value, "unit": unit, "sensor_id": sensor}


def _holds(rule: Correction, ours: dict[str, pa.Array], at_us: pa.Array) -> pa.Array:
    holds = pc.and_(pc.greater_equal(at_us, rule.since_us), pc.less(at_us, rule.until_us))
    for name, wanted in (("sensor_id", rule.sensor), ("metric", rule.metric), ("_column", rule.column)):
        if wanted:
            holds = pc.and_(holds, pc.equal(plain(ours[name]), wanted))
    return pc.fill_null(holds, False)
