"""Which texts are numbers as JSON writes them, looked up in the bytes of a whole column at once."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# Source: RFC 8259, section 6.
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
# Source: CPython refuses to read an integer of more digits (sys.int_info.default_max_str_digits).
_LONGEST = 4300
_ZERO, _NINE, _POINT, _MINUS = b"09.-"
_DIGITS_POINT_MINUS = np.isin(np.arange(256), [*range(_ZERO, _NINE + 1), _POINT, _MINUS])


def are_numbers(texts: pa.Array) -> NDArray[np.bool_]:
    """Whether each text, none of them null, is a JSON number that is not too long to be read."""
    if len(texts) and _are_all_plain(texts):
        return np.ones(len(texts), np.bool_)
    fits = pc.less_equal(pc.binary_length(texts), _LONGEST)
    found: NDArray[np.bool_] = pc.and_(pc.match_substring_regex(texts, _NUMBER), fits).to_numpy(zero_copy_only=False)
    return found


def _are_all_plain(texts: pa.Array) -> bool:
    """Whether all are numbers without exponent: true only where that is sure."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    signs = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    starts, ends = offsets[:-1], offsets[1:]
    if (
        not (ends > starts).all()
        or (ends - starts).max() > _LONGEST
        or not _DIGITS_POINT_MINUS[signs[offsets[0] : offsets[-1]]].all()
    ):
        return False
    first = starts + (signs[starts] == _MINUS)
    if not (ends > first).all():
        return False
    is_minus, is_point = (signs[offsets[0] : offsets[-1]] == sign for sign in (_MINUS, _POINT))
    begins, closes = signs[first], signs[ends - 1]
    has_lone_zero = (begins != _ZERO) | (ends - first == 1) | (signs[np.minimum(first + 1, len(signs) - 1)] == _POINT)
    return bool(
        np.count_nonzero(is_minus) == np.count_nonzero(first != starts)
        and (begins != _POINT).all()
        and (closes != _POINT).all()
        and has_lone_zero.all()
        and _have_one_at_most(is_point, starts - offsets[0])
    )


def _have_one_at_most(there: NDArray[np.bool_], starts: NDArray[np.int32]) -> bool:
    return bool((np.add.reduceat(there, starts, dtype=np.int32) <= 1).all())
