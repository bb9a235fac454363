"""Single values of a profile, read by their keys; what cannot be read is refused with what is legal, and where."""

import math
from datetime import UTC, datetime
from typing import Any

from expectations.durations import seconds
from expectations.errors import ContractError, ProfileError
from expectations.plant.toml_reader import Section
from expectations.units import UNITS, unit


def instant(section: Section, key: str) -> datetime:
    """The instant of that key, UTC.

    Raises:
        ProfileError: No time, or one without zone.
    """
    value = section.take(key, object)
    if not isinstance(value, datetime) or value.tzinfo is None:
        got = value.isoformat() if hasattr(value, "isoformat") else repr(value)
        legal = "a time with Z or an offset and without quotes, such as 2025-11-01T00:00:00Z"
        raise ProfileError(f"{section.where}: {key} = {got}; legal: {legal}")
    return value.astimezone(UTC)


def duration_s(section: Section, key: str, *default: str) -> int:
    """The duration of that key, seconds; the default where it is absent.

    Raises:
        ProfileError: No duration such as ``24h``, or absent without default.
    """
    return _seconds(section.take(key, object, *default), f"{section.where}: {key}")


def durations(section: Section, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """The durations of that key as they are written.

    Raises:
        ProfileError: No list, or one with something else than durations such as ``24h``.
    """
    values: Any = section.take(key, object, default)
    if not isinstance(values, (list, tuple)):
        raise ProfileError(f'{section.where}: {key} = {values!r}; legal: a list such as ["24h", "7d"]')
    for place, value in enumerate(values):
        _seconds(value, f"{section.where}: {key}[{place}]")
    return tuple(values)


def _seconds(value: object, where: str) -> int:
    try:
        return seconds(value if isinstance(value, str) else repr(value))
    except ContractError as exc:
        raise ProfileError(f"{where}: {exc}") from exc


def unit_symbol(section: Section, key: str) -> str:
    """The symbol of a known unit.

    Raises:
        ProfileError: No such unit, or none is named; the message lists the legal ones.
    """
    symbol = section.take(key, object, None)
    if not isinstance(symbol, str):
        legal = f"legal: {', '.join(sorted(UNITS))}"
        raise ProfileError(f"{section.where}: {_got(key, symbol)}; {legal}{_held(section, symbol)}")
    try:
        return unit(symbol).symbol
    except ContractError as exc:
        raise ProfileError(f"{section.where}: {exc}") from exc


def above_zero(section: Section, key: str) -> float:
    """The number of that key.

    Raises:
        ProfileError: No finite number above 0, or none is given.
    """
    value = section.take(key, object, None)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        legal = f"legal: a number above 0{_held(section, value)}"
        raise ProfileError(f"{section.where}: {_got(key, value)}; {legal}")
    return float(value)


def _got(key: str, value: object) -> str:
    """TOML knows no null: a value that is None is absent."""
    return f"missing key {key!r}" if value is None else f"{key} = {value!r}"


def _held(section: Section, value: object) -> str:
    """Behind a key that is missing, those that are there."""
    return f"; {section.held()}" if value is None else ""


def hours(section: Section, key: str, default: list[int]) -> tuple[int, int]:
    """The two hours of that key: begin and end.

    Raises:
        ProfileError: Not two whole hours of a day.
    """
    values: list[object] = section.take(key, list, default)
    whole = [value for value in values if type(value) is int and 0 <= value <= 24]  # True is no hour
    if len(values) != 2 or len(whole) != 2:
        raise ProfileError(f"{section.where}: {key} = {values}; legal: two whole hours from 0 to 24, such as [6, 14]")
    return whole[0], whole[1]
