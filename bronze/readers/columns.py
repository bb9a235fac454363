"""Columns of raw values to typed columns, vectorised; what is not plainly of its type takes the scalar path."""

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.coded_text import by_code, looked_up, null_where, plain
from bronze.readers.number_columns import NUMBER_PATTERN, plain_numbers
from bronze.readers.plan import ReadPlan
from bronze.readers.shape import SourceRows
from bronze.readers.time_columns import TIME_PATTERNS, are_cut, is_simple, stamp_column
from bronze.readers.time_rows import time_rows
from domain.record.cells import BOOLEAN, EXPORTED, INTEGER, NUMBER, ONLY, QUALITY, TEXT, TIME, TIME_PART, numbers_in
from domain.record.faults import FieldError
from domain.record.only_where import OnlyWhere
from domain.record.quality import QualityReader

# What Arrow and the scalar path read alike, and most rows are; the rest goes the scalar path.
_NUMBERS = (NUMBER, INTEGER)
_INTEGER_PATTERN = r"^-?[0-9]{1,18}$"
_BOOLEAN_PATTERN = r"^(?i)(true|false|1|0)$"


def typed_rows(
    raw: dict[str, pa.Array], rescued: pa.Array, line: NDArray[np.int64], plan: ReadPlan, place: pa.Array | None = None
) -> SourceRows | None:
    """Rows whose fields are all plainly of their type; the others are left out. None: no way to tell them apart.

    Args:
        raw: Source column -> what the file holds: texts, or float64, int64 and bool where the format has them.
        rescued: JSON of the unknown fields of each row.
        line: Place of each row.
        plan: The plan of the mapping.
        place: Where in its line each row is, for lines that hold several.
    """
    mask = np.ones(len(line), np.bool_)
    given = plan.mapping.time.given if plan.mapping.time else {}
    raw = raw | {name: pa.repeat(pa.scalar(text, pa.string()), len(line)) for name, text in given.items()}
    columns = {}
    for column, kind in plan.fields.items():
        if kind in (TIME_PART, ONLY):
            continue
        rule = plan.mapping.exported if kind == EXPORTED else plan.mapping.time
        if rule is not None and (kind == EXPORTED or (kind == TIME and not is_simple(rule))):
            found = time_rows(raw, plan, rule)
            if found is None:
                return None
            columns[column] = found[0]
            mask &= found[1]
            continue
        array = by_code(raw[column]) if kind == TEXT else raw[column]
        array = _null_where_missing(array, plan) if _is_text(array.type) else array
        if kind == QUALITY:
            mask &= _are_good(array, column, plan)
            continue
        if kind == NUMBER and plan.words and column in plan.cell_columns:
            array, is_word = _words(array, plan.states.get(column), plan)
            mask &= ~is_word
        array = plain_numbers(array, plan) if kind in _NUMBERS and pa.types.is_string(array.type) else array
        typed = _typed(array, kind, plan)
        if typed is None:
            is_plain = _is_plain(array, kind, plan)
            typed = _typed(pc.if_else(is_plain, array, pa.scalar(None, array.type)), kind, plan)
            if typed is None:
                return None
            mask &= is_plain.to_numpy(zero_copy_only=False)
        columns[column] = typed
    if (is_other := _others(raw, plan)) is not None:
        mask |= is_other
    return SourceRows(columns, rescued, line, place, is_other).only(mask)


def _others(raw: dict[str, pa.Array], plan: ReadPlan) -> NDArray[np.bool_] | None:
    """Which rows are none of the mapping's records: each different content is looked at once."""
    rule = plan.mapping.only_where
    if rule is None:
        return None
    only, coded = OnlyWhere(rule, plan.mapping.missing), raw[rule.column].dictionary_encode(null_encoding="encode")
    is_other = np.array([not only.takes_value(value) for value in coded.dictionary.to_pylist()], np.bool_)
    return is_other[coded.indices.to_numpy(zero_copy_only=False)] if len(is_other) else np.zeros(0, np.bool_)


def _words(raw: pa.Array, states: dict[str, float] | None, plan: ReadPlan) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The values with the numbers of words, where the column says which; and which values only a record can tell."""
    if _is_text(raw.type) and plan.mapping.format != "csv" and any(map(_is_number, plan.words)):
        return raw, np.ones(len(raw), np.bool_)  # 1 and 1.0 are one word where they are no texts
    if not _is_text(raw.type):
        numbers = pa.array([float(word) for word in plan.words if _is_number(word)], pa.float64())
        is_word = pc.is_in(raw.cast(pa.float64()), value_set=numbers) if len(raw) else pa.array([], pa.bool_())
        return raw, pc.fill_null(is_word, False).to_numpy(zero_copy_only=False)
    if states is None:
        is_word = pc.is_in(
            pc.utf8_trim(plain(raw), characters=" \t"), value_set=pa.array(sorted(plan.words), pa.string())
        )
        return raw, pc.or_(is_word, _may_be_number(plain(raw), plan.words)).to_numpy(zero_copy_only=False)
    numbers = looked_up(plain(raw), {word: repr(number) for word, number in states.items()})
    # A word with blanks around it may be one for a record; as a number it is none.
    blanks = pc.is_in(pc.utf8_trim(plain(raw), characters=" \t"), value_set=pa.array(sorted(states), pa.string()))
    is_word = pc.and_(pc.or_(blanks, _may_be_number(plain(raw), states)), numbers.is_null())
    return pc.coalesce(numbers, plain(raw)), is_word.to_numpy(zero_copy_only=False)


def _may_be_number(texts: pa.Array, words: Collection[str]) -> pa.Array:
    """Which texts have the digits of a word that is a number: `1.0` may be the word `1`, and a record tells."""
    digits = {_digits(word) for word in words if _is_number(word)}
    if not digits:
        return pa.repeat(pa.scalar(False), len(texts))
    found = pc.utf8_trim(pc.replace_substring_regex(texts, r"[^0-9]", ""), characters="0")
    has_digit = pc.fill_null(pc.match_substring_regex(texts, "[0-9]"), False)
    return pc.and_(has_digit, pc.is_in(found, value_set=pa.array(sorted(digits), pa.string())))


def _digits(word: str) -> str:
    return "".join(sign for sign in word if sign in "0123456789").strip("0")


def _is_number(word: str) -> bool:
    return bool(numbers_in((word,)))


def _are_good(codes: pa.Array, column: str, plan: ReadPlan) -> NDArray[np.bool_]:
    """Which quality codes are good: each different code is looked at once."""
    if plan.mapping.quality is None:
        return np.ones(len(codes), np.bool_)
    reader, coded = QualityReader(plan.mapping.quality), codes.dictionary_encode(null_encoding="encode")
    known = [None if str(code) in plan.mapping.missing else code for code in coded.dictionary.to_pylist()]
    good = np.array([_is_good(reader, column, code) for code in known], np.bool_)
    return good[coded.indices.to_numpy(zero_copy_only=False)] if len(good) else np.ones(0, np.bool_)


def _is_good(reader: QualityReader, column: str, code: object) -> bool:
    try:
        reader.check(column, code)
    except FieldError:
        return False
    return True


def _typed(raw: pa.Array, kind: str, plan: ReadPlan) -> pa.Array | None:
    """The typed column with blanks as null, or None where a value is not plainly of its type."""
    try:
        if kind == TIME and plan.mapping.time is not None:
            numbers = _epochs(raw, plan) if plan.mapping.time.kind == "epoch" else raw
            return None if numbers is None else stamp_column(numbers, plan.mapping.time)
        if kind == NUMBER:
            return _numbers(raw, plan)
        if kind == INTEGER:
            return _integers(raw, plan)
        return raw.cast(pa.bool_()) if kind == BOOLEAN else raw
    except pa.ArrowInvalid:
        return None


def _is_plain(raw: pa.Array, kind: str, plan: ReadPlan) -> pa.Array:
    """Which values are plainly of their type (blanks are); not null."""
    rule = plan.mapping.time
    is_number = kind == NUMBER or (kind == TIME and rule is not None and rule.kind == "epoch")
    if pa.types.is_string(raw.type):
        time = TIME_PATTERNS[rule.kind] if rule is not None and kind == TIME and not is_number else ""
        pattern = NUMBER_PATTERN if is_number else time or {INTEGER: _INTEGER_PATTERN}.get(kind, _BOOLEAN_PATTERN)
        plain = pc.match_substring_regex(raw, pattern)
        if kind == TIME and is_number and (cut := are_cut(raw)) is not None:
            plain = pc.and_(plain, pc.invert(cut))
    elif pa.types.is_floating(raw.type):
        plain = pc.is_finite(raw)
    else:
        plain = pc.is_valid(raw)
    return pc.or_(pc.fill_null(plain, True), raw.is_null())


def _epochs(raw: pa.Array, plan: ReadPlan) -> pa.Array | None:
    cut = are_cut(raw)
    return None if cut is not None and pc.any(cut).as_py() else _numbers(raw, plan)


def _null_where_missing(raw: pa.Array, plan: ReadPlan) -> pa.Array:
    return null_where(raw, pa.array(["", *sorted(plan.mapping.missing)], pa.string()))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_dictionary(kind))


def _numbers(raw: pa.Array, plan: ReadPlan) -> pa.Array | None:
    numbers = pc.add(raw.cast(pa.float64()), 0.0)  # JSON's -0 is an integer: there is one zero
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
    # Arrow's is_in tells -0.0 from 0.0: no number here is the first.
    missing = pc.is_in(numbers, value_set=pa.array([n + 0.0 for n in legal]).cast(numbers.type))
    return pc.if_else(missing, pa.scalar(None, numbers.type), numbers)
