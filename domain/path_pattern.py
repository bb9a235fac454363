"""What a file's path says of its records: a pattern such as ``{machine_id}/{date:%Y%m%d}.csv``."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import NamedTuple

_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_PART = re.compile(r"\{([^{}]*)\}|\*|[{}]")
_DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "j": 3}
"""Tokens of a time and the digits that each has, as in Python's `strptime`."""
_DAYS = ({"Y", "y"}, {"m", "j"})
LEGAL = (
    "legal: names in braces such as {machine_id}, times such as {date:%Y%m%d} of %Y %y %m %d %j %H %M %S, * for any "
    "text between two slashes, and plain text"
)


class PatternError(ValueError):
    """A pattern that cannot be read; the message says what is legal."""


class PathPattern(NamedTuple):
    """A pattern, ready to be asked.

    Attributes:
        names: The names in braces, in order.
        times: Those of them that are times, with their format.
        depth: How many parts of a path, from its end, the pattern describes.
        regex: What these parts have to be, whole.
    """

    names: tuple[str, ...]
    times: tuple[tuple[str, str], ...]
    depth: int
    regex: re.Pattern[str]

    def fields(self, path: str) -> dict[str, str] | None:
        """What the path says by name; None where it does not fit the pattern.

        Texts are trimmed and in normal form C. A time is ISO 8601 without a zone, ``2026-11-02`` where its format has
        no clock; what is no time of the calendar does not fit.
        """
        found = self.regex.fullmatch("/".join(normal(path).split("/")[-self.depth :]))
        if found is None:
            return None
        texts = {name: text.strip() for name, text in found.groupdict().items()}
        try:
            return texts | {name: _iso(texts[name], form) for name, form in self.times}
        except ValueError:
            return None


def path_pattern(text: str) -> PathPattern:
    """The pattern that a text spells. It describes the end of a path: as many parts as it has itself.

    A name takes as little text as fits, at least one character, and no slash. A name that comes twice has one text.

    Raises:
        PatternError: Braces without a name, an unknown token of a time, or no name at all.

    Example:
        >>> path_pattern("{machine_id}/{date:%Y%m%d}.csv").fields("north/P1/20261102.csv")
        {'machine_id': 'P1', 'date': '2026-11-02'}
    """
    regex, place, names, times = "", 0, [], []
    form = normal(text)
    for found in _PART.finditer(form):
        regex += re.escape(form[place : found.start()])
        place = found.end()
        if found[0] == "*":
            regex += "[^/]*"
            continue
        name, _, time = (found[1] or "").partition(":")
        if _NAME.match(name) is None:
            raise PatternError(f"path = {text!r}: {found[0]!r} has no name; {LEGAL}")
        if name in names:
            regex += f"(?P={name})"
            continue
        names.append(name)
        regex += f"(?P<{name}>{_time_regex(time, text) if time else '[^/]+?'})"
        if time:
            times.append((name, time))
    if not names:
        raise PatternError(f"path = {text!r} names nothing; {LEGAL}")
    regex += re.escape(form[place:])
    return PathPattern(tuple(names), tuple(times), form.count("/") + 1, re.compile(regex))


def normal(text: str) -> str:
    """The text in Unicode's normal form C: an accent is part of its letter, however it was typed.

    Source: Unicode Standard Annex 15.
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _time_regex(form: str, pattern: str) -> str:
    regex, place, tokens = "", 0, set()
    for found in re.finditer("%(.)", form):
        if found[1] not in _DIGITS:
            raise PatternError(f"path = {pattern!r}: unknown token {found[0]!r}; {LEGAL}")
        regex += re.escape(form[place : found.start()]) + f"[0-9]{{{_DIGITS[found[1]]}}}"
        place = found.end()
        tokens.add(found[1])
    if not all(tokens & some for some in _DAYS) or not tokens & {"d", "j"}:
        raise PatternError(f"path = {pattern!r}: the time {form!r} is no day; it needs a year, and month and day or %j")
    return regex + re.escape(form[place:])


def _iso(text: str, form: str) -> str:
    time = datetime.strptime(text, form)  # noqa: DTZ007  # the zone is that of the source's times
    return time.isoformat() if any(token in form for token in ("%H", "%M", "%S")) else time.date().isoformat()
