"""Reads one source's records by its mapping: the lakehouse's own rules, interpreted from the bundle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from domain.record import reasons
from domain.record.corrections import Corrected, corrected
from domain.record.json_documents import OFFSET, PLACE
from domain.record.like_names import renamed_to
from domain.record.names import NAMES, tidy
from domain.record.only_where import OnlyWhere
from domain.record.quality import quality_column
from domain.record.states import States, StateTables
from domain.record.text_object import members_of
from domain.record.unit_key import unit_key

from edge_bundle.format.pipeline import EVENT_FEEDS, MachineRecord, MetricColumn, Pipeline, Source
from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.input.cells import CellReader
from edge_bundle.gateway.input.own_columns import own_source
from edge_bundle.gateway.input.records import BLANK, Event, Fault, Item, Reading
from edge_bundle.gateway.input.source_columns import read_columns
from edge_bundle.gateway.input.times import US, format_us

Record = dict[str, Any]
_OWN_MACHINES = own_source("machines")
TOO_LONG = Fault("key_too_long", "a name has more than 128 bytes")
STEPS_LIMIT = 2.0**53
_MOST_TEXTS = 10_000
MOST_NAME_BYTES = 128
"""Longest name of a sensor, machine, factory, metric or code, UTF-8: each may become part of the state."""
MOST_ATTRIBUTE_CHARACTERS = 4_096
"""Of one machine's record, names and values together."""


class _Cell(NamedTuple):
    """A place in a record that holds a reading, and our columns that the place itself fills."""

    column: str
    filled: dict[str, str]
    divisor: float = 1.0
    factor: float = 1.0
    offset: float = 0.0
    states: States | None = None
    quality: str | None = None

    def scaled(self, number: float) -> float:
        """A number of the file as a value in the unit of the cell."""
        value = number / self.divisor
        return value if (self.factor, self.offset) == (1.0, 0.0) else value * self.factor + self.offset


class Interpreter:
    """Turns records (dicts by source column) of one source into items; a record of n cells gives n items."""

    def __init__(self, pipeline: Pipeline, source: Source, clock: Clock) -> None:
        """Prepare for one source; `clock` is the gateway's."""
        self._pipeline, self._source, self._clock = pipeline, source, clock
        self._cells = CellReader(source)
        self._places = _places(source)
        self._tables = StateTables(source)
        self._known = frozenset((*read_columns(source), *source.ignored, source.blank_where, PLACE, OFFSET))
        self._only = OnlyWhere(source.only_where, source.missing) if source.only_where is not None else None
        self._has_states = bool(source.states) or any(place.states for place in self._places)
        kinds = {
            "gateway_id": self._cells.text,
            "sequence": self._cells.integer,
            "detail": self._cells.text,
            "state": self._cells.text,
        }
        self._others = [(kinds[name], column) for name, column in source.columns.items() if name in kinds]
        if source.quality is not None and not any(place.quality for place in self._places):
            self._others.append((self._cells.quality, source.quality.column))
        self._may_lack = _may_lack(source, self._places)
        self._templates = {name: (text, _names_in(text)) for name, text in source.templates.items()}
        self._made: dict[tuple[str, ...], str] = {}
        self._read = {"readings": self._readings, "machines": self._machine}.get(source.feed, self._event)

    def read(self, record: Record) -> list[Item]:
        """The items of one record."""
        if self._only is not None and not self._only.takes(record):
            return self._of_others(record, self._only.column)
        return list(self._read(record))

    def _of_others(self, record: Record, column: str) -> list[Item]:
        """Of a record that is none of the source's every place is blank."""
        if column not in record and self._renamed(record, column):
            return [Fault(reasons.MISSING_FIELD, f"{column} is not in the record, and a field of like name is")]
        return [BLANK] * len(self._places)

    def _readings(self, record: Record) -> Iterator[Item]:
        at_us = self._other_fault(record) or self._instant(record)
        if not any(place.column in record for place in self._places):
            names = ", ".join(place.column for place in self._places)
            yield Fault(reasons.MISSING_FIELD, f"none of {names} is in the record")
            return
        for place in self._places:
            if place.column not in record and self._renamed(record, place.column):
                yield Fault(reasons.MISSING_FIELD, f"{place.column} is not in the record, and a field of like name is")
                continue
            value: float | Fault | None = self._cells.number(record, place.column, self._states(record, place))
            if value is not None and place.quality is not None:
                value = self._cells.quality(record, place.quality) or value
            if value is None:
                yield BLANK
            elif isinstance(at_us, Fault):
                yield at_us
            elif isinstance(value, Fault):
                yield value
            else:
                yield self._reading(record, place, at_us, place.scaled(value))

    def _renamed(self, record: Record, column: str) -> bool:
        """Whether an unknown field may be the column, renamed."""
        return bool(record.keys() - self._known) and renamed_to(column, record, self._known) is not None

    def _states(self, record: Record, place: _Cell) -> States:
        """The words that the value may be."""
        if not self._has_states:
            return {}
        return self._tables.of_record(record) if place.states is None else place.states

    def _reading(self, record: Record, place: _Cell, at_us: int, value: float) -> Item:
        filled = place.filled
        metric = self._text(record, "metric", filled)
        if isinstance(metric, str):
            metric = self._source.names.get(metric, metric)
            filled = {**filled, "metric": metric}
        unit = self._text(record, "unit", filled)
        if isinstance(unit, str):
            unit = self._source.unit_names.get(unit, unit)
        if unit is None and isinstance(metric, str):
            unit = self._source.units.get(metric)
        keys = [self._text(record, name, filled) for name in ("sensor_id", "machine_id", "factory_id")]
        for text in (metric, unit, *keys):
            if not isinstance(text, str):
                return text or Fault("missing_field", "sensor, machine, factory, metric or unit is empty or unknown")
        if self._source.corrections:
            sent = Corrected(value, str(unit), str(keys[0]))
            value, unit, keys[0] = corrected(self._source.corrections, place.column, str(metric), at_us, sent)
        if _is_too_long(metric, *keys):
            return TOO_LONG
        fault, resolution_steps = self._clock_fault(at_us), self._resolution_steps(str(metric), value, str(unit))
        if isinstance(resolution_steps, Fault):
            return fault or resolution_steps
        reading = Reading(str(keys[0]), str(metric), at_us, str(keys[1]), str(keys[2]), resolution_steps)
        return replace(fault, reading=reading) if fault else reading

    def _resolution_steps(self, metric: str, value: float, unit: str) -> int | Fault:
        """The value in the metric's unit, counted in its resolution, halves to even."""
        rule = self._pipeline.metrics.get(metric)
        if rule is None:
            return Fault("unknown_metric", f"{metric[:80]!r} is not in the profile")
        unit = unit if unit in rule.units else unit_key(unit)
        if unit not in rule.units:
            return Fault("unknown_unit", f"{unit[:80]!r}; {metric} takes {', '.join(sorted(rule.units))}")
        if unit != rule.unit:
            factor, offset = rule.units[unit]
            value = value * factor + offset
        counted = value / rule.resolution
        if not abs(counted) < STEPS_LIMIT:
            return Fault("value_out_of_range", f"{metric} {value} cannot be counted in steps of {rule.resolution}")
        return round(counted)

    def _event(self, record: Record) -> Iterator[Item]:
        at_us = self._other_fault(record) or self._instant(record)
        texts = [self._text(record, name, {}) for name in ("machine_id", "code", "factory_id")]
        fault = _first_fault(at_us, *texts) or (TOO_LONG if _is_too_long(*texts) else None)
        if fault or isinstance(at_us, Fault):
            yield fault or BLANK
        else:
            machine_id, code, factory_id = map(str, texts)
            kind = EVENT_FEEDS[self._source.feed]
            yield self._clock_fault(at_us) or Event(kind, machine_id, code, at_us, factory_id)

    def _machine(self, record: Record) -> Iterator[Item]:
        at_us = self._instant(record)
        texts = [self._text(record, name, {}) for name in ("machine_id", "factory_id")]
        model = self._text(record, "machine_model", {})
        attributes = self._attributes(record)
        broken = [part for part in (model, attributes) if isinstance(part, Fault)]
        fault = _first_fault(at_us, *texts) or (broken[0] if broken else None)
        fault = fault or (TOO_LONG if _is_too_long(*texts, model) else None)
        if fault or isinstance(at_us, Fault) or isinstance(attributes, Fault):
            yield fault or BLANK
            return
        if sum(map(len, attributes)) + sum(map(len, attributes.values())) > MOST_ATTRIBUTE_CHARACTERS:
            yield Fault("attributes_too_long", f"attributes have more than {MOST_ATTRIBUTE_CHARACTERS} characters")
            return
        known = model if isinstance(model, str) else None
        yield self._clock_fault(at_us) or MachineRecord(str(texts[0]), str(texts[1]), at_us, known, attributes)

    def _attributes(self, record: Record) -> dict[str, str] | Fault:
        whole = self._text(record, "attributes", {})
        if isinstance(whole, Fault):
            return whole
        found = members_of(whole)
        for name, column in self._source.attributes.items():
            text = self._cells.scalar(record, column)
            if isinstance(text, Fault):
                return text
            if text is not None:
                found[name] = text
        return found

    def _other_fault(self, record: Record) -> Fault | None:
        """What is wrong with a field that no score needs, or may be absent: the lakehouse rejects such a record too."""
        for column in self._may_lack:
            if column not in record and self._renamed(record, column):
                return Fault(reasons.MISSING_FIELD, f"{column} is not in the record, and a field of like name is")
        for read, column in self._others:
            found = read(record, column)
            if isinstance(found, Fault):
                return found
        return None

    def _instant(self, record: Record) -> int | Fault:
        """The record's time; master data of a source without times holds since the plant began."""
        if self._source.time is None:
            return self._pipeline.plant_began_us
        at_us = self._cells.instant(record)
        if at_us is None and self._source == _OWN_MACHINES:
            return self._pipeline.plant_began_us  # What a person types in may leave the time out.
        if at_us is None:
            return Fault("missing_field", f"{self._source.time.column} is empty")
        later_us = record.get(OFFSET)
        return at_us + later_us if isinstance(later_us, int) and isinstance(at_us, int) else at_us

    def _clock_fault(self, at_us: int) -> Fault | None:
        if at_us < self._pipeline.plant_began_us:
            return Fault("clock_suspect", f"{format_us(at_us)} is before the plant began")
        if at_us > self._clock.wall_us() + self._pipeline.ahead_s * US:
            return Fault("clock_suspect", f"{format_us(at_us)} lies in the future")
        return None

    def _text(self, record: Record, name: str, filled: dict[str, str]) -> str | Fault | None:
        """Our column as text: from the place, a source column, a constant, a template, or the table of sensors."""
        source = self._source
        if name in filled:
            return filled[name]
        if name in self._templates:
            return self._template(record, name, filled)
        if name == "machine_id" and source.machine_of:
            sensor_id = self._text(record, "sensor_id", filled)
            return source.machine_of.get(sensor_id) if isinstance(sensor_id, str) else sensor_id
        if name in source.columns:
            text = self._cells.text(record, source.columns[name])
            return tidy(text) if name in NAMES and isinstance(text, str) else text
        return source.constants.get(name)

    def _template(self, record: Record, name: str, filled: dict[str, str]) -> str | Fault | None:
        """A template's text, such as ``{machine_id}/{metric}``; remembered, for they are few."""
        template, names = self._templates[name]
        texts = [name]
        for part in names:
            text = self._text(record, part, filled)
            if not isinstance(text, str):
                return text
            texts.append(text)
        key = tuple(texts)
        if key not in self._made:
            if len(self._made) > _MOST_TEXTS:
                self._made.clear()
            self._made[key] = template.format_map(dict(zip(names, texts[1:])))
        return self._made[key]


def _places(source: Source) -> tuple[_Cell, ...]:
    if source.shape == "wide_by_metric":
        tables = StateTables(source)
        cells = [
            _Cell(c.column, _filled(c), c.divisor, c.factor, c.offset, c.states or tables.of_metric(c.metric))
            for c in source.metrics
        ]
    elif source.shape == "wide_by_machine":
        cells = [_Cell(column, {"machine_id": machine}) for column, machine in source.machines.items()]
    else:
        cells = [_Cell(source.columns.get("value", "value"), {})]
    return tuple(cell._replace(quality=quality_column(source.quality, cell.column)) for cell in cells)


def _may_lack(source: Source, places: tuple[_Cell, ...]) -> tuple[str, ...]:
    """Columns beside those of readings that a record may do without, and then says something."""
    if source.feed != "readings":
        return ()
    time, codes = source.time, [place.quality for place in places if place.quality]
    found = [time.plus_column] if time is not None and time.plus_optional and time.plus_column not in time.given else []
    if source.quality is not None and source.quality.absent == "good":
        found += codes or [source.quality.column]
    return tuple(found)


def _filled(cell: MetricColumn) -> dict[str, str]:
    given = {"metric": cell.metric, "unit": cell.unit, "machine_id": cell.machine, "sensor_id": cell.sensor}
    return {name: text for name, text in given.items() if text}


def _is_too_long(*texts: object) -> bool:
    """Whether one of the names is; up to a quarter of the bytes nobody has to count them."""
    return any(
        isinstance(text, str)
        and len(text) > MOST_NAME_BYTES // 4
        and len(text.encode("utf-8", "surrogatepass")) > MOST_NAME_BYTES
        for text in texts
    )


def _first_fault(*fields: int | str | Fault | None) -> Fault | None:
    for field in fields:
        if isinstance(field, Fault):
            return field
        if field is None:
            return Fault("missing_field", "a machine, code or factory is empty")
    return None


def _names_in(template: str) -> list[str]:
    return [part.split("}")[0] for part in template.split("{")[1:]]
