"""The file of a plant's policy, `policy.toml`: the shipped numbers, and those that the plant sets over them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from expectations.errors import PolicyError, unknown_name
from expectations.plant.file import profile_folder
from expectations.plant.toml_reader import Section

FILE_NAME = "policy.toml"
STARTING = Path(__file__).with_name("starting_policy.toml")


@dataclass(frozen=True, slots=True)
class PolicyNumber:
    """One number.

    Attributes:
        name: Field of `ml.policy.Policy`.
        value: A whole number where the shipped one is.
        unit: Its unit, as ``h`` or ``failures``.
        least: Least legal value.
        most: Greatest legal value.
        meaning: What it decides.
        source: Who or what it is from.
        origin: File that sets it; ``default`` for the shipped one.
    """

    name: str
    value: int | float
    unit: str
    least: float
    most: float
    meaning: str
    source: str
    origin: str = "default"


@lru_cache(maxsize=1)
def starting_policy() -> tuple[PolicyNumber, ...]:
    """The shipped numbers, in the order of their file."""
    found = []
    for name, one in tomllib.loads(STARTING.read_text(encoding="utf-8")).items():
        least, most = one["range"]
        found.append(PolicyNumber(name, one["value"], one["unit"], least, most, one["meaning"], one["source"]))
    return tuple(found)


def load_policy(plant: str | Path) -> tuple[PolicyNumber, ...]:
    """The numbers of a plant: the shipped ones, and over them those of its `policy.toml` where it has one.

    Raises:
        ProfileError: No such plant.
        PolicyError: The file is no TOML, or names an unknown number, another unit, no source or an illegal value.
    """
    path = profile_folder(plant) / FILE_NAME
    if not path.is_file():
        return starting_policy()
    where = f"{path.parent.name}/{FILE_NAME}"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise PolicyError(f"{where}: not TOML in UTF-8: {exc}; put texts in quotes, numbers without") from exc
    return set_by(data, where)


def set_by(data: dict[str, object], where: str) -> tuple[PolicyNumber, ...]:
    """The shipped numbers with those of a parsed document over them.

    Raises:
        PolicyError: As `load_policy`.
    """
    known = {number.name: number for number in starting_policy()}
    unknown = [name for name in data if name not in known]
    if unknown:
        raise PolicyError(f"{where}: {unknown_name('number', unknown[0], known)}")
    root = Section(data, where, PolicyError)
    return tuple(_set(number, root.table(name), where) if name in data else number for name, number in known.items())


def _set(number: PolicyNumber, section: Section, where: str) -> PolicyNumber:
    is_whole = isinstance(number.value, int)
    value = section.take("value", int if is_whole else (int, float))
    unit, source = section.take("unit", str), section.take("source", str)
    section.finish()
    place = f"{where}: [{number.name}]"
    if unit != number.unit:
        raise PolicyError(f"{place}: unit = {unit!r}; legal: {number.unit!r}, so convert the value")
    if not source.strip():
        raise PolicyError(f"{place}: source is empty; legal: who decided it, or what it was measured by")
    if not number.least <= value <= number.most:
        raise PolicyError(f"{place}: value = {value}; legal: {number.least:g} to {number.most:g} {unit}")
    return replace(number, value=value if is_whole else float(value), source=source, origin=f"file {where}")
