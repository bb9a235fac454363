"""Columns of raw values to typed columns, vectorised; None wherever the scalar road must look."""

import pyarrow as pa
import pyarrow.compute as pc

from bronze.readers.plan import BOOLEAN, INTEGER, NUMBER, TIME, ReadPlan
from bronze.readers.times import stamp_column


def typed_column(raw: pa.Array, column: str, plan: ReadPlan) -> pa.Array | None:
    """The typed column with blanks as null, or None where a value is not plainly of its type."""
    kind = plan.fields[column]
    if pa.types.is_string(raw.type):
        raw = _null_where_missing(raw, plan)
    try:
        return _typed(raw, kind, plan)
    except pa.ArrowInvalid:
        return None


def _typed(raw: pa.Array, kind: str, plan: ReadPlan) -> pa.Array | None:
    rule = plan.mapping.time
    if kind == TIME and rule is not None:
        if rule.kind != "epoch":
            return stamp_column(raw, rule)
        numbers = _numbers(raw, plan)
        return None if numbers is None else stamp_column(numbers, rule)
    if kind == NUMBER:
        return _numbers(raw, plan)
    if kind == INTEGER:
        return _integers(raw, plan)
    if kind == BOOLEAN:
        return raw.cast(pa.bool_())
    return raw


def _null_where_missing(raw: pa.Array, plan: ReadPlan) -> pa.Array:
    texts = pa.array(["", *sorted(plan.mapping.missing)], pa.string())
    missing = pc.is_in(raw, value_set=texts)
    return pc.if_else(missing, pa.scalar(None, pa.string()), raw) if pc.any(missing).as_py() else raw


def _numbers(raw: pa.Array, plan: ReadPlan) -> pa.Array | None:
    numbers = raw.cast(pa.float64())
    if pc.all(pc.is_finite(numbers)).as_py() is False:
        return None
    return _null_where_number(numbers, plan)


def _integers(raw: pa.Array, plan: ReadPlan) -> pa.Array | None:
    # Arrow reads 0x10 as 16; nobody else would.
    if pa.types.is_string(raw.type) and pc.any(pc.match_substring(raw, "x", ignore_case=True)).as_py():
        return None
    return _null_where_number(raw.cast(pa.int64()), plan)


def _null_where_number(numbers: pa.Array, plan: ReadPlan) -> pa.Array:
    legal = [n for n in sorted(plan.missing_numbers) if pa.types.is_floating(numbers.type) or n.is_integer()]
    if not legal:
        return numbers
    missing = pc.is_in(numbers, value_set=pa.array([float(n) for n in legal]).cast(numbers.type))
    return pc.if_else(missing, pa.scalar(None, numbers.type), numbers)
