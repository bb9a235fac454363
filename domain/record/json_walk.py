"""Ways through a document of JSON: every value that a path leads to, and what of a record no path reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from domain.record.json_path import ALL, Path, Step


class Found(NamedTuple):
    """A record within a document: the value, and the keys and indexes that lead to it by `ALL`."""

    value: object
    bound: tuple[object, ...]
    place: str


def walk(value: object, steps: tuple[Step, ...], bound: tuple[object, ...], place: str) -> Iterator[Found]:
    """Every value that the steps lead to."""
    if not steps:
        yield Found(value, bound, place)
        return
    step, rest = steps[0], steps[1:]
    if step is ALL:
        for key, inner in _inner(value):
            yield from walk(inner, rest, (*bound, key), f"{place}[{key}]" if isinstance(key, int) else f"{place}.{key}")
        return
    is_there, inner = _step(value, step)
    if is_there:
        yield from walk(inner, rest, bound, f"{place}.{step}" if place else str(step))


def _inner(value: object) -> Iterable[tuple[object, object]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def down(value: object, steps: tuple[Step, ...], bound: tuple[object, ...]) -> tuple[bool, object]:
    """What the steps lead to; each `ALL` is the next of those by which the record was found."""
    found_by = iter(bound)
    for step in steps:
        is_there, value = _step(value, next(found_by, None) if step is ALL else step)
        if not is_there:
            return False, None
    return True, value


def _step(value: object, step: object) -> tuple[bool, object]:
    if isinstance(step, str):
        return (True, value[step]) if isinstance(value, dict) and step in value else (False, None)
    if isinstance(step, int) and isinstance(value, list) and step < len(value):
        return True, value[step]
    return False, None


Tree = Mapping[object, object]


def tree_of(paths: Iterable[Path]) -> dict[object, object]:
    """The paths as a tree of their steps; a last step leads to None."""
    root: dict[object, object] = {}
    for path in paths:
        level = root
        for step in path.steps[:-1]:
            inner = level.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            level = inner
        else:
            level.setdefault(path.steps[-1], None)
    return root


def rest_of(record: dict[str, object], used: Tree, literal: frozenset[str]) -> dict[str, object]:
    """What of a record no column reads."""
    found: dict[str, object] = {}
    for name, value in record.items():
        if name in literal:
            continue
        if name not in used:
            found[name] = value
            continue
        inner = used[name]
        if isinstance(inner, dict) and isinstance(value, dict):
            if rest := rest_of(value, inner, frozenset()):
                found[name] = rest
        elif isinstance(inner, dict) and not isinstance(value, (dict, list)):
            found[name] = value
    return found
