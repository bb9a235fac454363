"""Reads one source's records by its mapping: the same rules as the lakehouse's, interpreted from the bundle."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Callable

from edge_bundle.format.pipeline import EVENT_FEEDS, MachineRecord, Pipeline, Source
from edge_bundle.gateway.limits import STEPS_BOUND
from edge_bundle.gateway.records import BLANK, Event, Fault, Item, Reading
from edge_bundle.gateway.times import US, TimeReader, format_us

Record = dict[str, Any]
# (metric, value as it stands in the record, unit, extra values for templates)
_Cell = tuple[str, Any, str, dict[str, str]]


class Interpreter:
    """Turns records (dicts by source column) of one source into items; a record of n cells gives n items."""

    def __init__(self, pipeline: Pipeline, source: Source, now_us: Callable[[], int]) -> None:
        """`now_us` tells the latest time that can be true, less the allowed lead."""
        self._pipeline, self._source = pipeline, source
        self._now_us = now_us
        self._time = TimeReader(source.time) if source.time else None
        self._missing = frozenset(source.missing)
        self._made: dict[tuple[str, ...], str] = {}
        self._read = {"readings": self._readings, "machines": self._machine}.get(source.feed, self._event)

    def read(self, record: Record) -> list[Item]:
        """The items of one record."""
        return list(self._read(record))

    # Times -----------------------------------------------------------------------------------------------------

    def _instant(self, record: Record) -> int | Fault:
        """The record's time, or what is wrong with it. Master data without a time holds since the plant began."""
        if self._source.time is None or self._time is None:
            return self._pipeline.plant_began_us
        value = record.get(self._source.time.column)
        at_us = self._time.read(value)
        if at_us is None:
            return Fault("bad_time", f"{str(value)[:80]!r} is no {self._source.time.kind} time")
        if at_us < self._pipeline.plant_began_us:
            return Fault("clock_suspect", f"{format_us(at_us)} is before the plant began")
        if at_us > self._now_us() + self._pipeline.ahead_s * US:
            return Fault("clock_suspect", f"{format_us(at_us)} lies in the future")
        return at_us

    # Texts -----------------------------------------------------------------------------------------------------

    def _text(self, record: Record, column: str, extra: dict[str, str]) -> str | None:
        """Our column as text: from the shape, a source column, a constant or a template; None where empty."""
        if column in extra:
            return extra[column]
        source = self._source
        if column in source.columns:
            return _as_text(record.get(source.columns[column]))
        if column in source.constants:
            return source.constants[column]
        if column in source.templates:
            return self._filled(record, column, extra)
        if column == "machine_id" and source.machine_of:
            return source.machine_of.get(self._text(record, "sensor_id", extra) or "")
        return None

    def _filled(self, record: Record, column: str, extra: dict[str, str]) -> str | None:
        """A template's text, such as ``{machine_id}/{metric}``; remembered, for they are few."""
        template = self._source.templates[column]
        names = _names_in(template)
        values = [self._text(record, name, extra) for name in names]
        if any(value is None for value in values):
            return None
        texts = tuple(str(value) for value in values)
        key = (column, *texts)
        if key not in self._made:
            if len(self._made) > 100_000:
                self._made.clear()
            self._made[key] = template.format_map(dict(zip(names, texts)))
        return self._made[key]

    # Readings --------------------------------------------------------------------------------------------------

    def _readings(self, record: Record) -> Iterator[Item]:
        at_us = self._instant(record)
        for cell in self._cells(record):
            yield at_us if isinstance(at_us, Fault) else self._reading(record, cell, at_us)

    def _cells(self, record: Record) -> Iterator[_Cell]:
        source = self._source
        if source.shape == "wide_by_metric":
            for cell in source.metrics:
                yield cell.metric, record.get(cell.column), cell.unit, {"metric": cell.metric}
            return
        metric = self._text(record, "metric", {}) or ""
        metric = source.names.get(metric, metric)
        unit = self._text(record, "unit", {}) or source.units.get(metric, "")
        if source.shape == "long":
            yield metric, record.get(source.columns.get("value", "value")), unit, {"metric": metric}
            return
        for column, machine_id in source.machines.items():
            yield metric, record.get(column), unit, {"metric": metric, "machine_id": machine_id}

    def _reading(self, record: Record, cell: _Cell, at_us: int) -> Item:
        metric, raw, unit, extra = cell
        if raw is None or raw == "" or (self._missing and str(raw) in self._missing):
            return BLANK
        sensor_id = self._text(record, "sensor_id", extra)
        machine_id = self._text(record, "machine_id", extra)
        factory_id = self._text(record, "factory_id", extra)
        if not sensor_id or not machine_id or not factory_id:
            return Fault("missing_column", "sensor, machine or factory is empty or unknown")
        steps = self._steps(metric, raw, unit)
        if isinstance(steps, Fault):
            return steps
        return Reading(sensor_id, metric, at_us, machine_id, factory_id, steps)

    def _steps(self, metric: str, raw: Any, unit: str) -> int | Fault:
        """The value in the metric's unit, counted in its resolution, halves to even."""
        rule = self._pipeline.metrics.get(metric)
        value = self._number(raw)
        if value is None:
            return Fault("bad_value", f"{str(raw)[:80]!r} is no number")
        if rule is None:
            return Fault("unknown_metric", f"{metric[:80]!r} is not in the profile")
        if unit not in rule.units:
            return Fault("unknown_unit", f"{unit[:80]!r}; {metric} takes {', '.join(sorted(rule.units))}")
        if not math.isfinite(value):
            return Fault("value_not_finite", f"{metric} is {value}")
        factor, offset = rule.units[unit]
        if factor != 1.0 or offset != 0.0:
            value = value * factor + offset
        counted = value / rule.resolution
        if not abs(counted) < STEPS_BOUND:
            return Fault("value_out_of_range", f"{metric} {value} cannot be counted in steps of {rule.resolution}")
        return round(counted)

    def _number(self, raw: Any) -> float | None:
        if isinstance(raw, str):
            if self._source.format == "jsonl" or "_" in raw or not raw.isascii():
                return None
            try:
                return float(raw)
            except ValueError:
                return None
        if isinstance(raw, bool) or not isinstance(raw, (int, float)):
            return None
        try:
            return float(raw)
        except OverflowError:
            return math.inf

    # Other feeds -----------------------------------------------------------------------------------------------

    def _event(self, record: Record) -> Iterator[Item]:
        at_us = self._instant(record)
        if isinstance(at_us, Fault):
            yield at_us
            return
        machine_id, code = self._text(record, "machine_id", {}), self._text(record, "code", {})
        if not machine_id or not code:
            yield Fault("missing_column", "machine or code is empty")
            return
        yield Event(EVENT_FEEDS[self._source.feed], machine_id, code, at_us)

    def _machine(self, record: Record) -> Iterator[Item]:
        at_us = self._instant(record)
        if isinstance(at_us, Fault):
            yield at_us
            return
        machine_id, factory_id = self._text(record, "machine_id", {}), self._text(record, "factory_id", {})
        if not machine_id or not factory_id:
            yield Fault("missing_column", "machine or factory is empty")
            return
        model = self._text(record, "machine_model", {})
        yield MachineRecord(machine_id, factory_id, at_us, model, self._attributes(record))

    def _attributes(self, record: Record) -> dict[str, str]:
        found = _object_of_texts(self._text(record, "attributes", {}))
        for name, column in self._source.attributes.items():
            text = _as_text(record.get(column))
            if text is not None:
                found[name] = text
        return found


def _as_text(value: Any) -> str | None:
    """A cell as text; whole numbers and fractions as JSON writes them; None for empty, null and the rest."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return json.dumps(value)


def _object_of_texts(text: str | None) -> dict[str, str]:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: part for name, part in value.items() if isinstance(part, str)}


def _names_in(template: str) -> list[str]:
    return [part.split("}")[0] for part in template.split("{")[1:]]
