"""Lines of JSON to objects, by example and against Python's `json`."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.record.faults import RecordError
from domain.record.json_object import MAX_DEPTH, json_object
from domain.record.text_object import members_of

BITS = (
    "{", "}", "[", "]", ",", ":", '"a"', "1", " ", "\t", "\r", "null", '"\\ud800"', '"\\ud83d\\ude00"', '{"a":1}',
    '{"a":1,"a":2}', "\x0b", "NaN", "-", "\xa0", '"\x01"', "\x85", '{"b":',
)  # fmt: skip


def read(line: bytes) -> object:
    try:
        return json_object(line)
    except RecordError as exc:
        return exc.fault.reason


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b' {"a": 1}\t\r\n', {"a": 1}),
        (b'{"a": NaN}', "{'a': nan}"),
        (b'{"a":1,"a":2}', "duplicate_key"),
        (b'{"b":{"a":1,"a":2}}', "duplicate_key"),
        (b'{"a":1} {"a":2}', "several_objects"),
        (b'{"a":1}{"a":2', "not_json"),
        (b'\xc2\xa0{"a":1}', "not_json"),
        (b'{"a":1}\x0b', "not_json"),
        (b"[1]", "not_an_object"),
        (b"1 2", "several_objects"),
        (b'{"a":"\xff"}', "not_utf8"),
        (b'{"a":"\\udc00"}', "not_utf8"),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":' + b"1" * 5000 + b"}", "not_json"),
        (b"[" * 100_000, "not_json"),
        (nested(MAX_DEPTH + 1), "not_json"),
        (b'{"a":[' + b'[1],"[{",' * 90 + nested(MAX_DEPTH - 1) + b"]}", "not_json"),
    ],
)
def test_a_line(line: bytes, found: object) -> None:
    got = read(line)

    assert got == found or str(got) == found


def test_as_many_levels_as_are_legal() -> None:
    assert read(nested(MAX_DEPTH)) == json.loads(nested(MAX_DEPTH))
    assert read(b'{"a":"' + b"[{" * MAX_DEPTH + b'"}') == {"a": "[{" * MAX_DEPTH}
    in_text = nested(MAX_DEPTH).replace(b"1", b'"' + b"[{" * MAX_DEPTH + b'"')
    assert read(in_text) == json.loads(in_text)
    wide = b'{"a":[' + b'[1],"[{",' * 90 + nested(MAX_DEPTH - 2) + b"]}"
    assert read(wide) == json.loads(wide)


@given(st.lists(st.sampled_from(BITS), max_size=7).map("".join))
def test_what_is_read_is_what_python_reads(text: str) -> None:
    found = read(text.encode())

    if isinstance(found, dict):
        assert json.dumps(found) == json.dumps(json.loads(text))
    else:
        with suppress(ValueError):
            assert not isinstance(json.loads(text), dict) or found in ("duplicate_key", "not_utf8")


@pytest.mark.parametrize(
    ("text", "members"),
    [
        (None, {}),
        ("", {}),
        ("[1]", {}),
        ("{", {}),
        ("[" * 100_000, {}),
        ('{"a": "x", "b": null, "c": 1.0, "d": true}', {"a": "x", "c": "1.0", "d": "true"}),
        ('{"a": {"b": 1, "c": "\xe9"}}', {"a": '{"b":1,"c":"\xe9"}'}),
        ('{"a": "x\ty"}', {"a": "x\ty"}),
        ('{"a": "\\ud800"}', {"a": "?"}),
    ],
)
def test_members_of_an_object_in_a_text(text: str | None, members: dict[str, str]) -> None:
    assert members_of(text) == members
