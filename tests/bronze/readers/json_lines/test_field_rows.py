"""Lines whose keys differ: fields are found where a decoder finds them, and nothing else is."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bronze.readers.json_lines.flat_fields import fields_of
from bronze.readers.json_lines.line_form import Lines
from tests.support.reader_files import Read, line, long_mapping, reading, wide_mapping

WIDE = wide_mapping(
    format="jsonl",
    ignored=["seq"],
    metrics={"temp": {"metric": "t", "unit": "C"}, "speed": {"metric": "r", "unit": "rpm"}},
)
TEXTS = st.one_of(st.text(max_size=5), st.sampled_from(["a:1", ', "b": 2', "{", "}", "x,y", "null", "\u2028", "\x7f"]))
VALUES = st.one_of(
    TEXTS, st.integers(-5, 5), st.integers(-(2**80), 2**80), st.floats(), st.none(), st.booleans(),
    st.sampled_from([1.0, -0.0, 1e22, 2.0**53, [1], {"a": 1}]),
)  # fmt: skip
KEYS = st.one_of(st.sampled_from(["a", "b", "B", "new", "Temp", "Value", "z"]), TEXTS)
UNKNOWN = st.dictionaries(KEYS, VALUES, max_size=4)
LONG = st.builds(
    lambda unknown, value: reading(value=value) | unknown, UNKNOWN, st.one_of(st.just(1.5), st.none(), VALUES)
)
ROWS = st.fixed_dictionaries(
    {"at": st.just("2026-01-31T08:15:30Z"), "sensor": st.sampled_from(["a", "b", "c"])},
    optional={"temp": st.one_of(st.just(2), st.none(), VALUES), "speed": st.just(7.5), "seq": VALUES},
)
WIDE_ROWS = st.builds(lambda row, unknown: row | unknown, ROWS, UNKNOWN)
SEPARATORS = st.sampled_from([(", ", ": "), (",", ":"), (",", ": "), (" , ", ": "), (",  ", " :")])
AGAIN = st.sampled_from(["", "", "", '"new": 1, ', '"value": 0, ', '"temp": null, ', '"seq": 2, '])
SPOILS = st.sampled_from(
    [("", ""), ("", ""), (",", ",,"), (":", "::"), ('"', "'"), ("}", '"x":1}'), ("1", "01"), (":", ",")]
)


def _lines(rows: list[dict[str, Any]], data: st.DataObject) -> bytes:
    texts = []
    for row in rows:
        separators, (old, new) = data.draw(SEPARATORS), data.draw(SPOILS)
        text = json.dumps(row, ensure_ascii=False, separators=separators)
        again = data.draw(AGAIN)  # perhaps a key that is there twice
        texts.append("{" + again + (text.replace(old, new, 1) if old else text)[1:])
    return "\n".join(texts).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(("mapping", "rows"), [(long_mapping(), LONG), (WIDE, WIDE_ROWS)], ids=["long", "wide"])
@settings(max_examples=200)
@given(data=st.data())
def test_paths_agree_where_keys_change(
    mapping: Any, rows: st.SearchStrategy[dict[str, Any]], data: st.DataObject
) -> None:
    content = _lines(data.draw(st.lists(rows, min_size=4, max_size=12)), data)

    assert Read(content, mapping).all == Read(content, mapping, use_fast=False).all


def test_a_key_that_is_there_twice_does_not_move_the_values_of_other_lines() -> None:
    content = b"\n".join([line(new=1), b'{"value":0,"value":1}', line(value=None, new=2), line(new=3)])

    read = Read(content, long_mapping())

    assert [(row["_line"], row["value"]) for row in read.rows] == [(1, 71.5), (4, 71.5)]
    assert (read.reasons, read.blank) == (["duplicate_key"], 1)


def _found(*lines: str) -> list[dict[str, str] | None]:
    data = "".join(f"{one}\n" for one in lines).encode()
    signs = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(signs == ord("\n")) + 1
    starts = np.concatenate(([0], ends[:-1]))
    fits, fields = fields_of(Lines(data, np.flatnonzero(signs == ord('"')), starts, ends))
    pairs = list(zip(fields.line.tolist(), fields.keys.to_pylist(), fields.values.to_pylist(), strict=True))
    each: list[dict[str, str] | None] = [
        {key: value for number, key, value in pairs if number == place} for place in range(int(fits.sum()))
    ]
    return [each.pop(0) if fit else None for fit in fits.tolist()]


def test_fields_are_found_whatever_the_keys() -> None:
    found = _found('{"a":"x","b":1.5}', '{"c": -2, "d": "}", "e": null}', '{"": ""}', '{"a":true}')

    assert found == [{"a": "x", "b": "1.5"}, {"c": "-2", "d": "}", "e": "null"}, {"": ""}, {"a": "true"}]


@pytest.mark.parametrize(
    "bad",
    ["", "{}", "[]", "null", '{"a"}', '{"a":}', '{"a":1', '"a":1}', '{"a":1,}', '{,"a":1}', '{"a" "b"}', '{"a":"b""c"}',
     '{"a":1 "b":2}', '{"a","b":2}', '{"a":01}', '{"a":+1}', '{"a":1}{"b":2}', '{"a":[1]}', '{"a":{"b":1}}', '{"a":nu}',
     '{"a"::1}', '{"a":1,,"b":2}', '{"a":"b"x}', '{"a":"b":"c"}', '{"a":1:"b":2}', '{"a":NaN}', '{"a": "b",  "c": 1}',
     '{x"a":1}', '{"a":1}x', '{"a', '{"a":"b', '{"a":"b"', '{"a":1,"b"}', '"', "{", '{"', '{"}', '{"a":,"b":1}'],
)  # fmt: skip
def test_a_line_that_is_not_plainly_in_order_is_left_out(bad: str) -> None:
    assert _found('{"a":1}', bad, '{"b":"c"}', bad) == [{"a": "1"}, None, {"b": "c"}, None]
