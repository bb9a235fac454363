"""Times of a column by a pattern, vectorised: the same expression as for one text (`domain.record.time_pattern`).

Texts that have all digits of their tokens are cut at the same places; the others go through the expression.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.record.time_pattern import DAY_US, MONTHS, SECOND_US, TimePattern, Token, noon_of, offset_us, width_of

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
_MOST_WIDTHS = 8  # different lengths of texts that are cut; more go through the expression
_MONTH_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)
_LAST_YEAR = 9_999
_FRACTION, _LONGEST_FRACTION, _MICROS = "f", 9, 6


@dataclass(frozen=True, slots=True)
class Walls:
    """Clocks on the wall: microseconds since 1970, offsets of their zones, and which of them are read."""

    at_us: Numbers
    offset_us: Numbers
    good: Flags


def walls(texts: pa.Array, pattern: TimePattern) -> Walls:
    """What texts say; those that are not `good` are left to `TimePattern.read`.

    Args:
        texts: Strings; none null.
        pattern: The pattern.
    """
    found = Walls(np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64), np.zeros(len(texts), np.bool_))
    lengths = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    different = np.unique(lengths)
    left = np.ones(len(texts), np.bool_)
    for length in different.tolist() if len(different) <= _MOST_WIDTHS else []:
        places = _places(pattern.tokens, length)
        if places is not None:
            rows = np.flatnonzero(lengths == length)
            _put(found, rows, _cut(_bytes(texts, rows, length), pattern.tokens, places))
            left[rows] = False
    rows = np.flatnonzero(left)
    if len(rows):
        _put(found, rows, _expressed(texts.take(pa.array(rows)), pattern))
    return found


def _put(found: Walls, rows: Numbers, part: Walls) -> None:
    found.at_us[rows], found.offset_us[rows], found.good[rows] = part.at_us, part.offset_us, part.good


def _places(tokens: tuple[Token, ...], length: int) -> list[tuple[int, int]] | None:
    """Begin and end of each token in texts of a length; None where that does not say them."""
    widths = [width_of(token) for token in tokens]
    open_ones = [place for place, width in enumerate(widths) if width is None]
    if [tokens[place].letter for place in open_ones] not in ([], [_FRACTION]):
        return None
    left = length - sum(width or 0 for width in widths)
    if open_ones and 1 <= left <= _LONGEST_FRACTION:
        widths[open_ones[0]] = left
    elif open_ones or left:
        return None
    ends = np.cumsum([width or 0 for width in widths]).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _bytes(texts: pa.Array, rows: Numbers, length: int) -> NDArray[np.uint8]:
    """The texts' bytes, a row each."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1, texts.offset * 4)
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    if len(rows) == len(texts):
        return data[offsets[0] : offsets[-1]].reshape(len(rows), length)
    found: NDArray[np.uint8] = data[offsets[rows][:, None] + np.arange(length)]
    return found


def _cut(data: NDArray[np.uint8], tokens: tuple[Token, ...], places: list[tuple[int, int]]) -> Walls:
    good = np.ones(len(data), np.bool_)
    numbers: dict[str, Numbers] = {}
    for (letter, text), (start, end) in zip(tokens, places, strict=True):
        part = data[:, start:end]
        if not letter:
            good &= (part == np.frombuffer(text.encode("utf-8", "replace")[: end - start], np.uint8)).all(axis=1)
        elif letter == "p":
            first, second = part[:, 0] | 0x20, part[:, 1] | 0x20
            good &= ((first == ord("a")) | (first == ord("p"))) & (second == ord("m"))
            numbers[letter] = (first == ord("p")).astype(np.int64)
        else:
            digits = part - np.uint8(ord("0"))
            good &= (digits <= 9).all(axis=1)
            digits = digits[:, :_MICROS]
            powers = 10 ** np.arange(digits.shape[1] - 1, -1, -1, dtype=np.int64)
            numbers[letter] = digits.astype(np.int64) @ powers
            if letter == _FRACTION:
                numbers[letter] *= 10 ** (_MICROS - digits.shape[1])
    return _together(numbers, good, np.zeros(len(data), np.int64))


def _expressed(texts: pa.Array, pattern: TimePattern) -> Walls:
    """The same by the pattern's expression."""
    fields = pc.extract_regex(texts, pattern.regex)
    good = fields.is_valid().to_numpy(zero_copy_only=False).copy()
    numbers: dict[str, Numbers] = {}
    east = np.zeros(len(texts), np.int64)
    for field in fields.type:
        part = pc.fill_null(pc.struct_field(fields, field.name), "0")
        if field.name == "z":
            east = _looked_up(part, lambda text: offset_us(text) if text != "0" else 0, good)
        elif field.name == "Z":
            east = _looked_up(part, lambda text: pattern.offsets_us.get(text, 0), good)
        elif field.name == "b":
            numbers["m"] = _looked_up(part, lambda text: MONTHS.get(text.lower().rstrip("."), 0), good)
        elif field.name == "p":
            numbers["p"] = _looked_up(part, lambda text: noon_of(text) if text != "0" else 0, good)
        elif field.name == _FRACTION:
            numbers["f"] = _whole(pc.utf8_slice_codeunits(pc.ascii_rpad(part, _MICROS, "0"), 0, _MICROS))
        elif field.name != "a":
            numbers[field.name] = _whole(part)
    return _together(numbers, good, east)


def _whole(texts: pa.Array) -> Numbers:
    found: Numbers = texts.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _looked_up(texts: pa.Array, meaning: Callable[[str], int | None], good: Flags) -> Numbers:
    """A number for each text, each different one looked at once; a text without one is not good."""
    coded = texts.dictionary_encode()
    known = [meaning(text) for text in coded.dictionary.to_pylist()]
    place = coded.indices.to_numpy(zero_copy_only=False)
    good &= np.array([number is not None for number in known], np.bool_)[place]
    found: Numbers = np.array([number or 0 for number in known], np.int64)[place]
    return found


def _together(numbers: dict[str, Numbers], good: Flags, east_us: Numbers) -> Walls:
    """Clocks from the numbers of their tokens; where there is no such time, they are not good."""
    none = np.zeros(len(good), np.int64)
    day, is_day = _days(numbers)
    hour, minute, second = (numbers.get(letter, none) for letter in "HMS")
    is_clock = (minute < 60) & (second < 60)
    if "I" in numbers:
        hour = numbers["I"] % 12 + 12 * numbers["p"]
        is_clock &= (numbers["I"] >= 1) & (numbers["I"] <= 12)
    clock_us = ((hour * 60 + minute) * 60 + second) * SECOND_US + numbers.get("f", none)
    clock_us += 1_000 * numbers.get("L", none)
    is_clock &= clock_us <= DAY_US
    return Walls(day * DAY_US + clock_us, east_us, good & is_day & is_clock)


def _days(numbers: dict[str, Numbers]) -> tuple[Numbers, Flags]:
    """Days since 1970, and which dates exist."""
    if "V" in numbers:
        return _days_of_weeks(numbers["G"], numbers["V"], numbers["u"])
    year = numbers["Y"] if "Y" in numbers else _full_year(numbers["y"])
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    if "j" in numbers:
        ordinal = numbers["j"]
        first = _days_of(year, np.ones_like(year), np.ones_like(year))
        return first + ordinal - 1, (year >= 1) & (ordinal >= 1) & (ordinal <= 365 + is_leap)
    month, day = numbers["m"], numbers["d"]
    is_month = (year >= 1) & (month >= 1) & (month <= 12)
    most = _MONTH_DAYS[np.where(is_month, month, 0)] - ((month == 2) & ~is_leap)
    return _days_of(year, month, day), is_month & (day >= 1) & (day <= most)


def _days_of_weeks(year: Numbers, week: Numbers, weekday: Numbers) -> tuple[Numbers, Flags]:
    """Days since 1970 of the weeks of ISO 8601, and which of them exist."""
    monday = _first_monday(year) + (week - 1) * 7
    is_week = (year >= 1) & (year < _LAST_YEAR) & (week >= 1) & (monday < _first_monday(year + 1))
    return monday + weekday - 1, is_week & (weekday >= 1) & (weekday <= 7)


def _first_monday(year: Numbers) -> Numbers:
    """Days since 1970 of the Monday of week 1 of ISO 8601: that of the week of 4 January; 1970 begins on a Thursday."""
    fourth = _days_of(year, np.ones_like(year), np.full_like(year, 4))
    found: Numbers = fourth - (fourth + 3) % 7
    return found


def _full_year(short: Numbers) -> Numbers:
    found: Numbers = short + np.where(short >= 69, 1900, 2000)
    return found


def _days_of(year: Numbers, month: Numbers, day: Numbers) -> Numbers:
    """Days since 1970 of a date of the Gregorian calendar.

    Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    """
    year = year - (month <= 2)
    era, of_era = year // 400, year % 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    found: Numbers = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
    return found
