"""How deep JSON objects may go, by the rule of the lakehouse's readers, found without recursion."""

from __future__ import annotations

DEEPEST = 64
"""Levels of a legal object, itself the first. Source: the lakehouse's readers refuse more."""


def is_too_deep(value: object) -> bool:
    """Whether arrays and objects within `value` go deeper than `DEEPEST` levels, `value` itself being the first."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _parts(outer) if isinstance(inner, (dict, list))]
    return bool(level)


def _parts(outer: object) -> list[object]:
    if isinstance(outer, dict):
        return list(outer.values())
    return outer if isinstance(outer, list) else []
