"""One line of InfluxDB's line protocol as a flat record: measurement, time, tags and fields by their names.

Source: InfluxDB line protocol reference: ``measurement,tag=value field=value,field=value timestamp``; a backslash
before a comma, a blank or an equals sign makes it part of a name, and is itself part of it before anything else; texts
are in quotes, and a backslash is put before a quote or a backslash in them; `1i` and `1u` are whole numbers. By the
grammar of its authors (github.com/influxdata/line-protocol, line-protocol.ebnf) blanks alone part the sections, and no
name has a control character.
"""

from __future__ import annotations

import re

from domain.record import reasons
from domain.record.faults import RecordError

MEASUREMENT, TIME = "measurement", "time"
_ESCAPE = r"\\[^\x00-\x1f\x7f]"
_NAME = rf"((?:{_ESCAPE}|[^\\,= \x00-\x1f\x7f])+)"
_HEAD = re.compile(rf"((?:{_ESCAPE}|[^\\, \x00-\x1f\x7f])+)")
_TAG = re.compile(rf",{_NAME}={_NAME}")
_FIELD = re.compile(rf'{_NAME}=("(?:\\.|[^"\\])*"|[^", ]+)')
_STAMP = re.compile(r" +(-?\d{1,19})", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,19}[iu]", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_TRUE, _FALSE = {"t", "T", "true", "True", "TRUE"}, {"f", "F", "false", "False", "FALSE"}
_IN_NAME, _IN_TEXT = re.compile(r"\\([,= ])"), re.compile(r'\\(["\\])')


def line_record(raw: bytes) -> dict[str, object] | None:
    """The record of a line; None of a comment.

    Raises:
        RecordError: The line is no UTF-8 or no line protocol, or one name is there twice.
    """
    try:
        text = raw.decode("utf-8").removesuffix("\n").removesuffix("\r").strip(" ")
    except UnicodeDecodeError as exc:
        raise RecordError(reasons.NOT_UTF8, f"byte {raw[exc.start]:#04x} at {exc.start} is not UTF-8") from exc
    if text.startswith("#"):
        return None
    head = _HEAD.match(text)
    if head is None:
        raise _broken(0)
    pairs: list[tuple[str, object]] = [(MEASUREMENT, _plain(head[1]))]
    at = _take(_TAG, text, head.end(), pairs)
    if text[at : at + 1] != " ":
        raise _broken(at)
    at = _fields(text, at + len(text[at:]) - len(text[at:].lstrip(" ")), pairs)
    stamp = _STAMP.fullmatch(text, at)
    if stamp is None and at < len(text):
        raise _broken(at)
    pairs += [(TIME, int(stamp[1]))] if stamp else []
    record = dict(pairs)
    if len(record) < len(pairs):
        raise RecordError(reasons.DUPLICATE_KEY, "a name is there twice among measurement, time, tags and fields")
    return record


def _take(form: re.Pattern[str], text: str, at: int, pairs: list[tuple[str, object]]) -> int:
    while match := form.match(text, at):
        pairs.append((_plain(match[1]), _plain(match[2])))
        at = match.end()
    return at


def _fields(text: str, at: int, pairs: list[tuple[str, object]]) -> int:
    while True:
        match = _FIELD.match(text, at)
        if match is None:
            raise _broken(at)
        pairs.append((_plain(match[1]), _value(match[2], at)))
        at = match.end()
        if text[at : at + 1] != ",":
            return at
        at += 1


def _value(text: str, at: int) -> object:
    if text.startswith('"'):
        return _IN_TEXT.sub(r"\1", text[1:-1])
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _WHOLE.fullmatch(text):
        return int(text[:-1])
    if _NUMBER.fullmatch(text):
        return float(text)
    raise _broken(at)


def _plain(text: str) -> str:
    return _IN_NAME.sub(r"\1", text) if "\\" in text else text


def _broken(at: int) -> RecordError:
    detail = f"no line protocol from character {at} on; legal: measurement,tag=value field=value timestamp"
    return RecordError(reasons.WRONG_TYPE, detail)
