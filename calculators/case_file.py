"""Case files: one calculation's case in TOML, with what-ifs, bands and notes; and those that ship with Assay."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from calculators.arithmetic import Number, number
from calculators.building import build, changed
from calculators.calculations import CALCULATIONS, Calculation, calculation
from calculators.errors import CalculationError

SHIPPED = Path(__file__).parent / "cases"
_KEYS = ("calculation", "title", "published", "case", "what_ifs", "bands", "notes")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The same case with some inputs changed."""

    name: str
    changes: Mapping[str, Number]


@dataclass(frozen=True, slots=True)
class Band:
    """An input that is known between two bounds only."""

    path: str
    low: Number
    high: Number


@dataclass(frozen=True, slots=True)
class Note:
    """Where a published figure differs from ours, and why."""

    published: str
    ours: str
    why: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case of one calculation, ready to calculate."""

    calculation: Calculation
    title: str
    published: str
    case: Any
    what_ifs: tuple[WhatIf, ...] = ()
    bands: tuple[Band, ...] = ()
    notes: tuple[Note, ...] = ()


def parse(text: str, where: str, wanted: str = "") -> CaseFile:
    """The case in a TOML text.

    Args:
        text: The file's content.
        where: Its name, for errors.
        wanted: The calculation that was asked for; empty for any.

    Raises:
        CalculationError: It is no TOML, has an unknown or missing key, or holds what cannot be.
    """
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as exc:
        raise CalculationError(f"{where}: got no TOML: {exc}; legal: a case file; correct that line") from exc
    if unknown := sorted(set(data) - set(_KEYS)):
        raise CalculationError(f"{where}: got key {unknown[0]!r}; legal: {', '.join(_KEYS)}; rename or remove it")
    found = calculation(str(data.get("calculation", "")))
    if wanted and found.name != wanted:
        raise CalculationError(
            f"{where}: got a case of {found.name!r}; legal: one of {wanted!r}; run `assay calculate {found.name}`"
        )
    case = build(found.case, _table(data, "case", where), f"{where}: case")
    return CaseFile(
        found, str(data.get("title", where)), str(data.get("published", "")), case,
        tuple(_what_if(case, row, where) for row in _rows(data, "what_ifs", where)),
        tuple(_band(case, row, where) for row in _rows(data, "bands", where)),
        tuple(_note(row, where) for row in _rows(data, "notes", where)),
    )  # fmt: skip


def shipped(name: str) -> dict[str, Path]:
    """The files of the cases that ship for a calculation, by name."""
    return {path.stem: path for path in sorted((SHIPPED / name).glob("*.toml"))}


def load_shipped(name: str, case: str) -> CaseFile:
    """A case that ships with Assay.

    Raises:
        CalculationError: There is none of that name.
    """
    known = shipped(name)
    if case not in known:
        raise CalculationError(f"got case {case!r}; legal: {', '.join(known)}, or a file; name one of these")
    return parse(known[case].read_text(encoding="utf-8"), f"{name}/{case}.toml", name)


def all_shipped() -> dict[tuple[str, str], CaseFile]:
    """Every case that ships, by calculation and name."""
    return {(name, case): load_shipped(name, case) for name in CALCULATIONS for case in shipped(name)}


def _table(data: Mapping[str, Any], key: str, where: str) -> Mapping[str, object]:
    found = data.get(key, {})
    if not isinstance(found, Mapping):
        raise CalculationError(f"{where}: got {key} = {found!r}; legal: a table; write [{key}] and its keys below")
    return found


def _rows(data: Mapping[str, Any], key: str, where: str) -> list[Mapping[str, Any]]:
    found = data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(row, Mapping) for row in found):
        raise CalculationError(f"{where}: got {key} = {found!r}; legal: tables; write [[{key}]] before each")
    return found


def _row(row: Mapping[str, Any], keys: tuple[str, ...], where: str) -> tuple[Any, ...]:
    if set(row) != set(keys):
        raise CalculationError(f"{where}: got keys {', '.join(row)}; legal: {', '.join(keys)}; give exactly these")
    return tuple(row[key] for key in keys)


def _what_if(case: Any, row: Mapping[str, Any], where: str) -> WhatIf:
    name, changes = _row(row, ("name", "set"), f"{where}: what_ifs")
    if not isinstance(changes, Mapping):
        raise CalculationError(f"{where}: what_ifs: got set = {changes!r}; legal: a table of inputs; write {{...}}")
    try:
        changed(case, changes)
    except CalculationError as exc:
        raise CalculationError(f"{where}: what-if {name!r}: {exc}") from exc
    return WhatIf(str(name), {path: number(value) for path, value in changes.items()})


def _band(case: Any, row: Mapping[str, Any], where: str) -> Band:
    path, low, high = _row(row, ("input", "low", "high"), f"{where}: bands")
    try:
        changed(case, {path: low})
        changed(case, {path: high})
    except CalculationError as exc:
        raise CalculationError(f"{where}: band of {path!r}: {exc}") from exc
    if low > high:
        raise CalculationError(f"{where}: band of {path!r}: got {low} to {high}; legal: low at most high; swap them")
    return Band(path, number(low), number(high))


def _note(row: Mapping[str, Any], where: str) -> Note:
    return Note(*map(str, _row(row, ("published", "ours", "why"), f"{where}: notes")))
