r"""Paths into JSON: a small part of JSONPath (RFC 9535).

`fields.temp` and `["a.b"].c` name members, `values[0]` an element, `metrics[*]` and `devices.*` every one. A path
begins at the record; with `$` it begins at the document that holds the record, and its `[*]` and `.*` are those by
which the record was found. Names are plain up to the next dot or bracket; others are in brackets and quotes.

    >>> parse_path("$.devices[*].id")
    Path(steps=('devices', <All.ALL: '*'>, 'id'), is_absolute=True)
    >>> parse_path('["a.b"][0]').steps
    ('a.b', 0)
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple, Union

Step = Union[str, int, "All"]


class All(Enum):
    """The step to every member or element."""

    ALL = "*"


ALL = All.ALL
_STEP = re.compile(r"""\.?([^.\[\]*|"']+)|\.(\*)|\[(\*)\]|\[(\d{1,9})\]|\["([^"]*)"\]|\['([^']*)'\]""")


class Path(NamedTuple):
    """A parsed path: member names, places of elements, and `ALL`."""

    steps: tuple[Step, ...]
    is_absolute: bool = False


def parse_path(text: str) -> Path | None:
    """The path of a text; None where it is none."""
    rest = text[1:] if text.startswith("$") else text
    steps: list[Step] = []
    place = 0
    if rest.startswith("*"):
        steps, place = [ALL], 1
    while place < len(rest):
        match = _STEP.match(rest, place)
        if match is None:
            return None
        name = match[1] or match[5] or match[6]
        steps.append(ALL if match[2] or match[3] else int(match[4]) if match[4] else name or "")
        place = match.end()
    return Path(tuple(steps), text.startswith("$"))


def is_path(column: str) -> bool:
    """Whether a column's name may lead into an object, so that a record of its source is no flat one."""
    return any(sign in column for sign in ".[]|") or column.startswith(("$", "@"))
