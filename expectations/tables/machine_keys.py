"""What tells machines apart: a machine is its factory and its name there; one that moved is the same machine.

A key is one text, so that code that groups, joins or sorts by machine needs no second column. It is never stored in a
column: tables have `machine_id` and `factory_id`.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from domain.record.names import looks
from expectations.tables.arrow_columns import Coded, coded

SEPARATOR = "\x1f"  # ASCII's unit separator; keys sort by machine, then by factory
Moves = Mapping[str, str]
"""Key of a machine that moved -> the key that it had before, and from then on."""
NO_MOVES: Moves = {}
_ADVICE = "correct one, or leave them if they are two"


def machine_key(machine_id: str, factory_id: str) -> str:
    """The key of a machine that never moved."""
    return f"{machine_id}{SEPARATOR}{factory_id}"


def machine_of(key: str) -> str:
    """The machine's name in its factory."""
    return key.partition(SEPARATOR)[0]


def factory_of(key: str) -> str:
    """The machine's factory; of a machine that moved the first."""
    return key.partition(SEPARATOR)[2]


def machine_keys(records: pa.Table, moves: Moves = NO_MOVES) -> Coded:
    """The key of each record's machine, by code.

    Args:
        records: Has `machine_id` and `factory_id`, no nulls.
        moves: From `moves_of`.
    """
    machine, factory = coded(records, "machine_id"), coded(records, "factory_id")
    width = len(factory.texts)
    pair = machine.codes.astype(np.int64) * width + factory.codes
    is_there = np.zeros(len(machine.texts) * width, dtype=np.bool_)
    is_there[pair] = True
    codes: dict[str, int] = {}
    code_of = np.zeros(len(is_there), dtype=np.int32)
    for place in np.flatnonzero(is_there).tolist():
        key = machine_key(machine.texts[place // width], factory.texts[place % width])
        code_of[place] = codes.setdefault(moves.get(key, key), len(codes))
    return Coded(code_of[pair], tuple(codes))


def moves_of(machines: pa.Table) -> Moves:
    """The moves that master data declare.

    Args:
        machines: `silver.machines`; a table of an older version has no `moved_from`.
    """
    if "moved_from" not in machines.column_names:
        return NO_MOVES
    rows = machines.select(["machine_id", "factory_id", "moved_from", "valid_from"]).to_pylist()
    declared = sorted((row["valid_from"], row["machine_id"], row["factory_id"], row["moved_from"]) for row in rows
                      if row["moved_from"] is not None)  # fmt: skip
    moves: dict[str, str] = {}
    for _, machine, factory, before in declared:
        new, old = machine_key(machine, factory), machine_key(machine, before)
        first = moves.get(old, old)
        if first != new:  # it came back to where it was first
            moves[new] = first
    return moves


def shown_names(keys: Iterable[str]) -> dict[str, str]:
    """Each key as people read it: the machine's name, with its factory before it where two have that name.

    >>> sorted(shown_names([machine_key("M1", "F1"), machine_key("M1", "F2"), machine_key("M2", "F1")]).values())
    ['F1/M1', 'F2/M1', 'M2']
    """
    found = set(keys)
    factories: dict[str, int] = {}
    for key in found:
        factories[machine_of(key)] = factories.get(machine_of(key), 0) + 1
    return {
        key: machine_of(key) if factories[machine_of(key)] == 1 else f"{factory_of(key)}/{machine_of(key)}"
        for key in found
    }


def differing_in_case(keys: Iterable[str]) -> list[str]:
    """A sentence for each two or more names of one factory, or of factories, that look alike.

    >>> differing_in_case([machine_key("P1", "north"), machine_key("p1", "north"), machine_key("P2", "north")])
    ["machines 'P1' and 'p1' of factory 'north' differ in case only: correct one, or leave them if they are two"]
    """
    found = sorted(set(keys))
    machines: dict[str, list[str]] = {}
    for key in found:
        machines.setdefault(factory_of(key), []).append(machine_of(key))
    return [f"factories {names} {advice}" for names, advice in names_alike(machines)] + [
        f"machines {names} of factory {factory!r} {advice}"
        for factory, own in machines.items()
        for names, advice in names_alike(own)
    ]


def names_alike(names: Iterable[str]) -> list[tuple[str, str]]:
    """Each two or more names that a person takes for one, joined in words, and in what they differ with what to do."""
    groups: dict[str, set[str]] = {}
    for name in names:
        groups.setdefault(looks(name), set()).add(name)
    return [_advised(sorted(groups[look])) for look in sorted(groups) if len(groups[look]) > 1]


def _advised(names: list[str]) -> tuple[str, str]:
    is_case = len({name.casefold() for name in names}) == 1
    what = "differ in case only" if is_case else "differ in width or in signs that are not seen"
    return " and ".join(map(repr if is_case else ascii, names)), f"{what}: {_ADVICE}"
