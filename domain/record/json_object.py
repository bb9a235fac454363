"""One JSON object from the bytes of a line, by Python's `json`, or the reason why there is none."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import chain
from typing import Any

from domain.record import reasons
from domain.record.faults import RecordError
from domain.record.text_lines import CR_HINT

MAX_DEPTH = 64
"""Levels of objects and arrays in a line. Source: what .NET's System.Text.Json reads by default; others read more.

Without a limit of ours Python's would decide, which depends on who calls."""

_MARK = "\ufeff"
_CONTAINERS = frozenset((dict, list))
"""What Python's `json` makes of objects and arrays, never a class derived from them."""
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_TOO_DEEP = f"nested too deeply; legal: at most {MAX_DEPTH} levels"


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise RecordError(reasons.DUPLICATE_KEY, f"key {twice[:64]!r} occurs twice in one object")
    return fields


# Made once: `json.loads` with a hook makes a decoder for each line.
_first_of = json.JSONDecoder(object_pairs_hook=_unique).raw_decode


def json_object(raw: bytes) -> dict[str, object]:
    """The fields of the one object that a line holds, with its end or without.

    Raises:
        RecordError: The line is no UTF-8, no JSON, no object, several of them, has a key twice, or is too deep.
    """
    value = json_value(raw)
    if not isinstance(value, dict):
        got = "an array" if isinstance(value, list) else "a single value"
        raise RecordError(reasons.NOT_AN_OBJECT, f"got {got}; legal: one JSON object a line")
    return value


def json_value(raw: bytes) -> object:
    """The one value that a line holds, with its end or without; a byte order mark before it is none of it.

    Files with a mark each, put together, have one in their midst.

    Raises:
        RecordError: The line is no UTF-8, no JSON, several values, has a key twice, or is too deep.
    """
    try:
        text = raw.decode("utf-8")
        text = text[1:] if text.startswith(_MARK) else text
    except UnicodeDecodeError as exc:
        raise RecordError(reasons.NOT_UTF8, f"byte {raw[exc.start]:#04x} at {exc.start} is not UTF-8") from exc
    text = text.strip(" \t\r\n")
    value, end = _first_value(text)
    rest = text[end:].lstrip(" \t\r\n")
    if rest:
        raise _what_follows(rest, end, f"; {CR_HINT}" if "\r" in text[end : len(text) - len(rest)] else "")
    brackets = raw.count(b"[") + raw.count(b"{")
    if brackets > MAX_DEPTH:
        _check_depth(value, brackets)
    if b"\\" in raw and _ESCAPED_SURROGATE.search(raw):
        _check_surrogates(value)
    return value


def _first_value(text: str) -> tuple[object, int]:
    try:
        return _first_of(text)
    except json.JSONDecodeError as exc:
        raise RecordError(reasons.NOT_JSON, f"{exc.msg} at character {exc.pos}") from exc
    except RecursionError as exc:
        raise RecordError(reasons.NOT_JSON, _TOO_DEEP) from exc
    except ValueError as exc:
        raise RecordError(reasons.NOT_JSON, f"a number that is too long: {exc}") from exc


def _what_follows(rest: str, end: int, hint: str) -> RecordError:
    try:
        _first_of(rest)
    except (ValueError, RecursionError, RecordError):
        return RecordError(reasons.NOT_JSON, f"text after the object at character {end}{hint}")
    detail = f"a second value begins after character {end}; one object a line{hint}"
    return RecordError(reasons.SEVERAL_OBJECTS, detail)


def _check_depth(value: object, brackets: int) -> None:
    """Refuse a value that is too deep; `brackets` are at least as many as it has objects and arrays.

    Once all of them are found, no level is below: the values of the deepest one, which are most, are not looked at.
    """
    level: list[dict[Any, Any] | list[Any]] = [value] if isinstance(value, (dict, list)) else []
    left = brackets
    for _ in range(MAX_DEPTH):
        left -= len(level)
        if not level or not left:
            return
        within = chain.from_iterable(one.values() if type(one) is dict else one for one in level)
        level = [part for part in within if type(part) in _CONTAINERS]
    if level:
        raise RecordError(reasons.NOT_JSON, _TOO_DEEP)


def _check_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as exc:
        raise RecordError(reasons.NOT_UTF8, "half of a surrogate pair (\\ud800-\\udfff) is alone") from exc
