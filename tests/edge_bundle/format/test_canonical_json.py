from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_bundle.format import canonical_json
from edge_bundle.format.errors import CanonicalJsonError

scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


@given(values)
def test_what_is_written_is_read_back_and_is_json(value: Any) -> None:
    data = canonical_json.dumps(value)

    assert canonical_json.loads(data) == value
    assert json.loads(data) == value


@given(values)
def test_any_other_spelling_of_the_same_value_is_refused(value: Any) -> None:
    canonical = canonical_json.dumps(value)

    for other in (canonical + b" ", b" " + canonical, json.dumps(value, indent=1).encode()):
        if other != canonical:
            with pytest.raises(CanonicalJsonError):
                canonical_json.loads(other)


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_refused_or_canonical(data: bytes) -> None:
    try:
        value = canonical_json.loads(data)
    except CanonicalJsonError:
        return
    assert canonical_json.dumps(value) == data


def test_keys_are_sorted_by_utf16_code_units_as_in_rfc_8785() -> None:
    # RFC 8785 section 3.2.3, the example's keys; the last two would swap in code point order.
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]

    written = list(json.loads(canonical_json.dumps(dict.fromkeys(keys))))

    assert written == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_control_characters_are_escaped_as_in_rfc_8785() -> None:
    assert canonical_json.dumps("\u20ac$\u000f\nA'B\"\\/") == '"\u20ac$\\u000f\\nA\'B\\"\\\\/"'.encode()


@pytest.mark.parametrize(
    "value",
    [0.5, float("nan"), 2**53, -(2**53), {1: "x"}, b"x", {"a": {"b": 1.0}}, "\ud800", {"\udfff": 1}],
    ids=repr,
)
def test_values_without_one_spelling_are_refused(value: Any) -> None:
    with pytest.raises(CanonicalJsonError):
        canonical_json.dumps(value)


@pytest.mark.parametrize(
    "data",
    [
        *(b'{"a":1,"a":1}', b"1.0", b"1e2", b"-0", b"NaN", b'"\\u0041"', b"\xff", b""),
        *(b"[" * 40 + b"]" * 40, b"[" * 100_000, b"9" * 5000),
    ],
    ids=lambda data: repr(data[:20]),
)
def test_json_that_is_not_canonical_is_refused(data: bytes) -> None:
    with pytest.raises(CanonicalJsonError):
        canonical_json.loads(data)
