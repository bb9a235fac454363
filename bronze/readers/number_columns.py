"""Numbers of a column, vectorised, and which of them are plainly numbers; the rest goes the scalar path."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.coded_text import null_where
from bronze.readers.plan import ReadPlan
from domain.record.number_text import POINT, NumberForm, is_plain

# What Arrow and the scalar path read alike, and most rows are.
NUMBER_PATTERN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_WHOLE = r"^-?([0-9]{1,18}|[1-8][0-9]{18})$"
Flags = NDArray[np.bool_]


def plain_numbers(texts: pa.Array, plan: ReadPlan) -> pa.Array:
    """Texts as numbers are written in computing, where the mapping writes them otherwise and they are of its form.

    The others become a text that is no number: what a point would make of them is not what they say.
    """
    rule = plan.mapping.numbers
    if is_plain(rule):
        return texts
    form = NumberForm(rule)
    if rule.strip:
        numbers = pc.replace_substring_regex(texts, form.pattern, r"\1")
    elif not (form.group and _has(texts, form.group)) and (form.decimal == POINT or not _has(texts, POINT)):
        return pc.replace_substring(texts, form.decimal, POINT)
    else:
        numbers = texts
    fits = pc.or_(pc.fill_null(pc.match_substring_regex(texts, form.pattern), False), texts.is_null())
    if form.group:
        numbers = pc.replace_substring_regex(numbers, form.group, "")
    if form.decimal != POINT:
        numbers = pc.replace_substring(numbers, form.decimal, POINT)
    return pc.if_else(fits, numbers, pa.scalar("no number", pa.string()))


def _has(texts: pa.Array, expression: str) -> bool:
    """Whether a text has what a regular expression says; a point is itself."""
    found = pc.match_substring(texts, POINT) if expression == POINT else pc.match_substring_regex(texts, expression)
    return bool(pc.any(found).as_py())


def float_column(raw: pa.Array, plan: ReadPlan) -> tuple[NDArray[np.float64], Flags, Flags]:
    """Numbers, which of them there are, and which rows are read (blanks are)."""
    if pa.types.is_string(raw.type):
        raw = _plain_texts(raw, plan)
        raw = pc.if_else(pc.match_substring_regex(raw, NUMBER_PATTERN), raw, pa.scalar("nan", pa.string()))
    numbers = raw.cast(pa.float64())
    known = numbers.is_valid().to_numpy(zero_copy_only=False)
    values = pc.fill_null(numbers, 0.0).to_numpy(zero_copy_only=False)
    good = np.isfinite(values)
    known = known & ~np.isin(values, sorted(plan.missing_numbers)) if plan.missing_numbers else known
    return np.where(good, values, 0.0), known, good


def whole_column(raw: pa.Array, plan: ReadPlan) -> tuple[NDArray[np.int64], Flags, Flags]:
    """Whole numbers of 64 bits, which of them there are, and which rows are read (blanks are)."""
    if pa.types.is_string(raw.type):
        raw = _plain_texts(raw, plan)
        plain = pc.match_substring_regex(raw, _WHOLE)
        good = pc.fill_null(plain, True).to_numpy(zero_copy_only=False)
        raw = pc.if_else(plain, raw, pa.scalar("0", pa.string())).cast(pa.int64())
    elif pa.types.is_int64(raw.type):
        good = np.ones(len(raw), np.bool_)
    else:
        nothing = np.zeros(len(raw), np.bool_)
        return np.zeros(len(raw), np.int64), ~nothing, nothing
    known = raw.is_valid().to_numpy(zero_copy_only=False)
    values = pc.fill_null(raw, 0).to_numpy(zero_copy_only=False)
    legal = [int(number) for number in sorted(plan.missing_numbers) if number.is_integer()]
    return values, known & ~np.isin(values, legal) if legal else known, good


def _plain_texts(raw: pa.Array, plan: ReadPlan) -> pa.Array:
    return plain_numbers(null_where(raw, pa.array(["", *sorted(plan.mapping.missing)], pa.string())), plan)
