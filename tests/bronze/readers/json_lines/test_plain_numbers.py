"""Numbers are told from what is none as Python's `json` tells them."""

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bronze.readers.json_lines.plain_numbers import are_numbers

TEXTS = st.one_of(
    st.text(alphabet="0123456789.-+eE", max_size=6),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.integers(-999, 999).map(str),
    st.sampled_from(["", "-", ".", "-.5", "1.", "00", "-0", "-01", "0.0", "1.2.3", "1-2", "NaN", "1 ", "\u0661"]),
)


def _is_number(text: str) -> bool:
    try:
        return isinstance(json.loads(text, parse_constant=str), int | float) and text == text.strip()
    except ValueError:
        return False


@given(st.lists(TEXTS, max_size=6))
def test_each_text_is_a_number_where_json_says_so(texts: list[str]) -> None:
    assert are_numbers(pa.array(texts, pa.string())).tolist() == [_is_number(text) for text in texts]


@pytest.mark.parametrize("text", ["-", "", ".5", "5.", "05", "-05", "1.5.2", "5-", "1e5", "--1", "0", "-0.5"])
def test_one_text_by_itself(text: str) -> None:
    assert are_numbers(pa.array(["7", text])).tolist() == [True, _is_number(text)]


def test_a_slice_of_a_column_is_looked_at_alone() -> None:
    assert are_numbers(pa.array(["x", "1", "2.5", "y"]).slice(1, 2)).tolist() == [True, True]
