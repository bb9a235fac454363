"""One made-up row through everything that a bundle declares, before anything real is.

A document can be legal in every field and still ask for what cannot be computed. What then stops is the load, with a
sentence, and not the gateway in the middle of a shift.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from domain.record.csv_layout import CsvLayout

from edge_bundle.format.errors import BundleError
from edge_bundle.format.pipeline import FORMATS, FeatureRule, MachineRecord, Pipeline, Source
from edge_bundle.gateway.clocks.clock import FixedWallClock
from edge_bundle.gateway.errors import BundleMismatchError, ConfigError
from edge_bundle.gateway.features.histories import EventHistory, MachineHistory
from edge_bundle.gateway.features.limits import StepLimits, step_limits
from edge_bundle.gateway.features.vector import FeatureBuilder
from edge_bundle.gateway.features.windows import Series
from edge_bundle.gateway.input.csv_records import csv_rows
from edge_bundle.gateway.input.interpreter import Interpreter
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.scoring.score import ModelScorer, Score

_MACHINE = "rehearsal"
_FAULTS = (ArithmeticError, LookupError, TypeError, ValueError, RecursionError, MemoryError, AttributeError)
_MAX_LINE_BYTES = 1 << 20
_CELLS = ("1", 1, "1.5", None, "2026-01-02T03:04:05Z", "2026-01-02 03:04:05", 1e300)
"""What the columns of a made-up record hold in turn: each kind of cell once."""


def rehearse(pipeline: Pipeline, scorer: ModelScorer) -> None:
    """Let one row go the whole way: mapping, limits, features, models, decision, and the text that is sent.

    Raises:
        BundleError: It does not come through; the message says where and why.
    """
    for source in pipeline.sources:
        _guarded(f"source {source.name}", lambda source=source: _read(pipeline, source))
    limits = _guarded("limits", lambda: list(_limits(pipeline)))
    for row in _guarded("features", lambda: list(_rows(pipeline, limits))):
        prediction = _guarded("models", lambda row=row: scorer.score(row))
        _guarded("scores", lambda prediction=prediction: _send(prediction))


def _guarded(what: str, action: Any) -> Any:
    try:
        return action()
    except BundleError:
        raise
    except _FAULTS as exc:
        raise BundleMismatchError(
            f"a made-up row does not come through its {what}: {type(exc).__name__}: {exc}"
        ) from exc


def _read(pipeline: Pipeline, source: Source) -> None:
    try:
        interpreter = Interpreter(pipeline, source, FixedWallClock(pipeline.plant_began_us + 10 * US))
    except ConfigError:
        return  # This device lacks the zone: reported when a file with times of it comes.
    for cell in _CELLS:
        record = dict.fromkeys(_columns(source), cell)
        if source.format == FORMATS[1]:
            record = _through_csv(record, CsvLayout(source.csv, source.delimiter))
        interpreter.read(record)


def _columns(source: Source) -> Iterator[str]:
    if source.time is not None:
        yield from source.time.columns
    yield from (*source.columns.values(), *source.attributes.values(), *source.machines)
    yield from (cell.column for cell in source.metrics)


def _through_csv(record: dict[str, Any], layout: CsvLayout) -> dict[str, Any]:
    delimiter = layout.delimiter
    names = [name for name in record if name.isprintable() and not set(name) & {'"', delimiter}]
    text = delimiter.join(names) + "\n" + delimiter.join(str(record[name]) for name in names) + "\n"
    rows = list(csv_rows(io.BytesIO(text.encode("utf-8", "surrogatepass")), layout, _MAX_LINE_BYTES))
    return dict(zip(names, rows[1])) if len(rows) == 2 and isinstance(rows[1], list) else {}


def _limits(pipeline: Pipeline) -> Iterator[tuple[str, float, StepLimits]]:
    for name, rule in pipeline.metrics.items():
        for limits in (rule.limits, *rule.overrides):
            found = step_limits(limits, rule.resolution)
            found.level(0)
            yield name, rule.resolution, found


def _rows(pipeline: Pipeline, limits: list[tuple[str, float, StepLimits]]) -> Iterator[list[float]]:
    """Vectors of a machine without readings, with one reading of each metric, and with many, far apart."""
    machine = pipeline.machines[0] if pipeline.machines else MachineRecord(_MACHINE, _MACHINE, pipeline.plant_began_us)
    master, events = MachineHistory(), EventHistory()
    master.add(replace(machine, machine_id=_MACHINE))
    every_us = pipeline.score_every_s * US
    at_us = (max(pipeline.plant_began_us, 0) // every_us + 2) * every_us
    for rule in pipeline.features:
        _happened(events, rule, at_us - every_us)
    builder = FeatureBuilder(pipeline)
    series: dict[str, Series] = {}
    yield builder.vector(series, events, master, at_us)
    for chosen in (_common_values, _extreme_values):
        for metric, resolution, found in limits:
            one = series.setdefault(metric, Series(builder.window_lengths(metric)))
            place = (at_us - every_us) // (pipeline.bucket_s * US)
            for number, value in enumerate(chosen(found, resolution)):
                one.bucket(place).add(value, (at_us - every_us + number, _MACHINE), found.level(value))
        yield builder.vector(series, events, master, at_us)


def _happened(events: EventHistory, rule: FeatureRule, at_us: int) -> None:
    if rule.event_kind:
        events.add(rule.event_kind, rule.code, at_us)


def _common_values(found: StepLimits, resolution: float) -> Iterator[int]:
    del resolution
    yield min(max(0, found.lowest), found.highest)


def _extreme_values(found: StepLimits, resolution: float) -> Iterator[int]:
    """The range's ends, or the largest value that can be counted."""
    del resolution
    yield max(found.lowest, -(2**53) + 1)
    yield min(found.highest, 2**53 - 1)


def _send(score: Score) -> None:
    """As JSON, which has no word for infinity."""
    columns = score.prediction.columns()
    scores = {one.kind.column or one.model: one.score for one in score.prediction.models}
    for name, value in {**columns, **scores}.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise BundleMismatchError(f"a made-up row scores {name} {value}; legal are numbers")
    json.dumps(columns, allow_nan=False)
