"""`silver.readings`: every accepted reading once, in canonical units, with its calendar and limit flags.

Arrow in, Arrow out: a batch of records at a time, wherever it is held. Records of one key are resolved in `outcomes`.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.audit.breaking_rows import breaking_rows
from expectations.tables.arrow_columns import Coded, Doubles, Flags, coded, doubles, integers, micros, texts_of
from expectations.tables.machine_keys import machine_keys
from expectations.tables.plant_rules import aside_rules
from expectations.tables.silver import READINGS_TABLE
from silver.clock import is_file_ahead, is_revised_ahead, is_suspect
from silver.local_time import calendar
from silver.rulebook import FAULT_CODES, Conversion, Rulebook, bounds, conversions, resolutions

Codes = NDArray[np.integer[Any]]
FLAGS = (pa.field("steps", pa.int64()), pa.field("_faults", pa.list_(pa.string())))
_LONGEST_NAME = 80
_FINEST = 2.0**53  # beyond it, doubles skip whole numbers


def flag(records: pa.Table, book: Rulebook) -> pa.Table:
    """Records of `bronze.readings` with their `steps` and `_faults`.

    `steps` is ``rint((value * factor + offset) / resolution)``, null where metric or unit do not fit. `rint` takes the
    even neighbour on ties, as Python's `round` and the gateway do.

    Args:
        records: Columns of `bronze.readings`; texts plain or by code.
        book: The plant's rules, and the models of its machines.

    Returns:
        The same rows in order; `_faults` holds codes of `tables.silver.FAULTS`, or names of the plant's own rules
        that a record without another fault breaks; none for a good record.

    Raises:
        ProfileError: A rule of the plant cannot be computed of a record.
    """
    machine, metric, unit = machine_keys(records), coded(records, "metric"), coded(records, "unit")
    value, known = doubles(records, "value"), conversions(book, metric, unit)
    exact = _exact_steps(value, known)
    is_whole = np.abs(exact) < _FINEST
    limits = bounds(book, machine, metric)
    faults = (
        known.fault,
        _value_fault(value, known, ~is_whole | limits.beyond(exact * known.resolution, "minimum", "maximum")),
        np.where(_is_suspect(records, book), FAULT_CODES["clock_suspect"], 0),
        np.where(coded(records, "factory_id").each(_is_unusable, np.bool_), FAULT_CODES["unusable_name"], 0),
    )
    steps = pa.array(np.where(is_whole, exact, 0.0).astype(np.int64), mask=~is_whole)
    stepped = records.append_column(FLAGS[0], steps)
    own = _own_faults(stepped, faults, book)
    return stepped.append_column(FLAGS[1], _fault_lists((*faults, *own.values()), (*FAULT_CODES, *own)))


def _is_suspect(records: pa.Table, book: Rulebook) -> Flags:
    """Whether the time of a record, or that of its export or its file's, cannot be true."""
    measured = is_suspect(records, "measured_at", book.profile, book.clocks)
    return measured | is_revised_ahead(records, book.profile, book.clocks) | is_file_ahead(records, book.ahead)


def _own_faults(stepped: pa.Table, faults: tuple[Codes, ...], book: Rulebook) -> dict[str, Codes]:
    """The codes of the plant's own rules, asked of the readings that records without another fault would be."""
    rules = aside_rules(book.profile)
    if not rules:
        return {}
    is_sound: Flags = np.logical_and.reduce([codes == 0 for codes in faults])
    broken = breaking_rows(finish(stepped.filter(pa.array(is_sound)), book), READINGS_TABLE, rules)
    own: dict[str, Codes] = {}
    for code, rule in enumerate(rules, len(FAULT_CODES)):
        own[rule.code] = np.zeros(len(is_sound), np.int64)
        own[rule.code][is_sound] = np.where(broken[rule.code], code, 0)
    return own


def is_good(flagged: pa.Table) -> Flags:
    """Whether each flagged record is without fault."""
    offsets = flagged.column("_faults").combine_chunks().offsets.to_numpy()
    good: Flags = np.diff(offsets) == 0
    return good


def finish(accepted: pa.Table, book: Rulebook) -> pa.Table:
    """The contract's columns of accepted records; texts by code.

    Args:
        accepted: Flagged records without faults, each reading once.
        book: What they were flagged by.
    """
    machine, metric, factory = machine_keys(accepted), coded(accepted, "metric"), coded(accepted, "factory_id")
    steps, at_us = integers(accepted, "steps"), micros(accepted, "measured_at")
    value = steps.astype(np.float64) * resolutions(book, metric)
    limits = bounds(book, machine, metric)
    is_critical = limits.beyond(value, "critical_below", "critical_above")
    columns = {
        "sensor_id": accepted.column("sensor_id"),
        "machine_id": accepted.column("machine_id"),
        "factory_id": accepted.column("factory_id"),
        "metric": accepted.column("metric"),
        "measured_at": accepted.column("measured_at"),
        "value": pa.array(value),
        "unit": _canonical_unit(metric, book),
        "steps": accepted.column("steps"),
        "is_warning": pa.array(is_critical | limits.beyond(value, "warning_below", "warning_above")),
        "is_critical": pa.array(is_critical),
        **calendar(at_us, factory, book.profile),
    }
    return pa.table([columns[name] for name in READINGS_TABLE.column_names], names=list(READINGS_TABLE.column_names))


def _exact_steps(value: Doubles, known: Conversion) -> Doubles:
    with np.errstate(over="ignore", invalid="ignore"):
        exact: Doubles = np.rint((value * known.factor + known.offset) / known.resolution)
    return exact


def _value_fault(value: Doubles, known: Conversion, is_out: Flags) -> Codes:
    """A value without a conversion is in no range, so it is not out of range."""
    out = np.where(is_out & ~np.isnan(known.resolution), FAULT_CODES["value_out_of_range"], 0)
    return np.where(np.isfinite(value), out, FAULT_CODES["value_not_finite"])


def _is_unusable(factory: str) -> bool:
    """Whether no folder of a partition can bear the name.

    Source: file systems allow 255 bytes and no NUL; escaped, a byte may take three; Hive's word for null is reserved.
    """
    return len(factory.encode()) > _LONGEST_NAME or "\0" in factory or factory == "__HIVE_DEFAULT_PARTITION__"


def _fault_lists(faults: tuple[Codes, ...], listed: tuple[str, ...]) -> pa.ListArray:
    """For each record the faults that it has, in the order given; a code is a place among those listed."""
    found = np.stack(faults, axis=1)
    is_there = found > 0
    offsets = np.concatenate(([0], np.cumsum(is_there.sum(axis=1))))
    names = pa.array(listed, pa.string()).take(pa.array(found[is_there]))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), names)


def _canonical_unit(metric: Coded, book: Rulebook) -> pa.DictionaryArray:
    metrics = book.profile.metrics
    return texts_of(metric.codes, [metrics[name].unit if name in metrics else "" for name in metric.texts])
