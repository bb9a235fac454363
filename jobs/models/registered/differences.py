"""What differs between two documents of versions."""

from collections.abc import Iterator, Mapping
from typing import Any

ABSENT = "(none)"
_NOT_COMPARED = ("version",)


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Each value that differs, by its dotted path; `ABSENT` where a document has none.

    >>> differences({"data": {"a": 1, "b": 2}, "version": "x"}, {"data": {"a": 1, "c": [3]}, "version": "y"})
    {'data.b': (2, '(none)'), 'data.c.0': ('(none)', 3)}
    """
    mine, theirs = (dict(_flat(document)) for document in (one, other))
    names = [*mine, *(name for name in theirs if name not in mine)]
    found = {name: (mine.get(name, ABSENT), theirs.get(name, ABSENT)) for name in names}
    return {name: pair for name, pair in found.items() if pair[0] != pair[1] and name not in _NOT_COMPARED}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value that has no parts, by its path; an empty table or list is one."""
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    inner = [(f"{path}.{name}" if path else str(name), part) for name, part in parts]
    if not inner:
        yield path, value
    for name, part in inner:
        yield from _flat(part, name)
