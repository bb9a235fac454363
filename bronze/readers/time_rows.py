"""Times of rows by any rule, vectorised: patterns, several columns, serial days, zones."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.coded_text import null_where
from bronze.readers.number_columns import float_column, whole_column
from bronze.readers.pattern_column import walls
from bronze.readers.plan import ReadPlan
from bronze.readers.time_columns import STAMP, TIME_PATTERNS, are_cut, utc_of
from domain.record.time_pattern import TimePattern
from domain.record.times import (
    EPOCH,
    EPOCH_UNITS,
    EXCEL,
    EXCEL_DAY_0_US,
    FINE_UNITS,
    LOCAL,
    MAX_US,
    MIN_US,
    NUMBERS,
    TimeRule,
)

_DATE_LENGTH = len("2026-01-31")
_LAST_SERIAL = 1e7
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def time_rows(raw: dict[str, pa.Array], plan: ReadPlan, rule: TimeRule) -> tuple[pa.Array, Flags] | None:
    """The times of rows, null where blank, and which rows are read; None: no way to tell them apart.

    Args:
        raw: Source column -> what the file holds.
        plan: The plan of the mapping.
        rule: Its rule of times.
    """
    first = raw[rule.column]
    first = null_where(first, _missing(plan)) if pa.types.is_string(first.type) else first
    known = first.is_valid().to_numpy(zero_copy_only=False)
    found = _numbers(first, plan, rule) if rule.kind in NUMBERS else _texts(first, known, raw, rule)
    if found is None:
        return None
    at_us, known, good = found
    if rule.plus_column:
        added, is_added = _added(raw[rule.plus_column], plan, rule)
        at_us, good = at_us + added, good & (is_added | ~known)
    at_us = np.where(known & good, at_us - rule.earlier_us, 0)
    good &= (at_us >= MIN_US) & (at_us <= MAX_US)
    return pa.array(at_us, mask=~(known & good)).cast(STAMP), good


def _missing(plan: ReadPlan) -> pa.Array:
    return pa.array(["", *sorted(plan.mapping.missing)], pa.string())


def _numbers(first: pa.Array, plan: ReadPlan, rule: TimeRule) -> tuple[Numbers, Flags, Flags] | None:
    """Instants, which of them there are, and which are read."""
    if rule.kind == EPOCH and rule.unit in FINE_UNITS:
        values, known, good = whole_column(first, plan)
        return values // FINE_UNITS[rule.unit] + rule.since_us, known, good
    numbers, known, good = float_column(first, plan)
    if (cut := are_cut(first)) is not None:
        good &= ~cut.to_numpy(zero_copy_only=False)
    if rule.kind == EXCEL:
        good &= np.abs(numbers) < _LAST_SERIAL
        millis = np.rint(np.where(good, numbers, 0.0) * 86_400_000).astype(np.int64)
        at_us, is_one = utc_of((rule.since_us or EXCEL_DAY_0_US) + millis * 1_000, rule)
        return at_us, known, good & (is_one | ~known)
    micros = numbers * EPOCH_UNITS[rule.unit]
    good &= (micros >= MIN_US) & (micros <= MAX_US)
    return np.rint(np.where(good, micros, 0)).astype(np.int64) + rule.since_us, known, good


def _texts(
    first: pa.Array, known: Flags, raw: dict[str, pa.Array], rule: TimeRule
) -> tuple[Numbers, Flags, Flags] | None:
    others = [raw[column] for column in rule.joined]
    if not all(pa.types.is_string(part.type) for part in (first, *others)):
        return None
    texts = first
    if others:
        parts = [pc.fill_null(part, "") for part in (first, *others)]
        texts = pc.binary_join_element_wise(*parts, " ")
    at_us, good = _read(pc.fill_null(texts, "") if texts.null_count else texts, known, rule)
    if rule.kind == LOCAL:
        at_us, is_one = utc_of(np.where(good, at_us, 0), rule)
        good &= is_one | ~known
    return at_us, known, good | ~known


def _read(texts: pa.Array, known: Flags, rule: TimeRule) -> tuple[Numbers, Flags]:
    """Clocks on the wall (instants where texts name a zone), and which are read."""
    if rule.format:
        found = walls(texts, TimePattern(rule.format, rule.offsets))
        return found.at_us - found.offset_us, found.good
    plain = pc.match_substring_regex(texts, TIME_PATTERNS[rule.kind])
    try:
        stamps = _cast(texts, known, rule) or pc.if_else(plain, texts, pa.scalar(None, pa.string())).cast(
            pa.timestamp("us") if rule.kind == LOCAL else STAMP
        )
    except pa.ArrowInvalid:  # a day that does not exist
        return np.zeros(len(texts), np.int64), np.zeros(len(texts), np.bool_)
    good = stamps.is_valid().to_numpy(zero_copy_only=False)
    micros: Numbers = pc.fill_null(stamps.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return micros, good


def _cast(texts: pa.Array, known: Flags, rule: TimeRule) -> pa.Array | None:
    """ISO 8601 at once, where all are; None where one is not."""
    if not known.all() or (rule.needs_clock and (pc.min(pc.binary_length(texts)).as_py() or 0) <= _DATE_LENGTH):
        return None
    try:
        return texts.cast(pa.timestamp("us") if rule.kind == LOCAL else STAMP)
    except pa.ArrowInvalid:
        return None


def _added(part: pa.Array, plan: ReadPlan, rule: TimeRule) -> tuple[Numbers, Flags]:
    """Microseconds that a second column adds, and for which rows."""
    if rule.plus_unit in FINE_UNITS:
        values, known, good = whole_column(part, plan)
        return np.where(known, values, 0) // FINE_UNITS[rule.plus_unit], good & (known | rule.plus_optional)
    numbers, known, good = float_column(part, plan)
    good &= (known | rule.plus_optional) & (np.abs(numbers) < 1e12)
    return np.rint(np.where(good & known, numbers, 0.0) * EPOCH_UNITS[rule.plus_unit]).astype(np.int64), good
