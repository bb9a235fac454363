"""Values of a mapping: words for numbers, and corrections by sensor, metric, column and time."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from expectations.errors import MappingError
from expectations.plant.toml_reader import Section
from expectations.units import unit_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Years 1 to 9999, as times of readings: a correction without `since` or `until` holds from or to them.
FIRST_US, LAST_US = -62_135_596_800_000_000, 253_402_300_799_000_000


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction; what each field means: `domain.record.corrections.Correction`."""

    sensor: str = ""
    metric: str = ""
    column: str = ""
    since_us: int = FIRST_US
    until_us: int = LAST_US
    factor: float = 1.0
    offset: float = 0.0
    unit: str = ""
    continues: str = ""


def states_of(section: Section) -> dict[str, dict[str, float]]:
    """The table `[states]`: words of every metric, or a table for each metric.

    Raises:
        MappingError: A word that means no finite number.
    """
    found: dict[str, dict[str, float]] = {}
    for name in section.names():
        value = section.take(name, object)
        if isinstance(value, dict):
            found[name] = {word: _number(section, f"{name}.{word}", number) for word, number in value.items()}
        else:
            found.setdefault("", {})[name] = _number(section, name, value)
    return found


def correction(section: Section) -> Correction:
    """One table of `[[corrections]]`.

    Raises:
        MappingError: An unknown key, a bad value, or nothing that is corrected.
    """
    found = Correction(
        sensor=section.take("sensor", str, ""),
        metric=section.take("metric", str, ""),
        column=section.take("column", str, ""),
        since_us=_time(section, "since", FIRST_US),
        until_us=_time(section, "until", LAST_US),
        factor=_number(section, "factor", section.take("factor", (int, float), 1)),
        offset=_number(section, "offset", section.take("offset", (int, float), 0)),
        unit=section.take("unit", str, ""),
        continues=section.take("continues", str, ""),
    )
    section.finish()
    if found.unit:
        unit_text(found.unit)
    if found.factor == 0:
        raise MappingError(f"{section.where}: factor = 0; legal: any other number")
    if found.since_us >= found.until_us:
        raise MappingError(f"{section.where}: since is not before until")
    if (found.factor, found.offset, found.unit, found.continues) == (1.0, 0.0, "", ""):
        raise MappingError(f"{section.where}: nothing is corrected; name factor, offset, unit or continues")
    return found


def _number(section: Section, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise MappingError(f"{section.where}: {key} = {value!r}; legal: a finite number, without quotes")
    return float(value)


def _time(section: Section, key: str, default: int) -> int:
    at = section.take(key, object, None)
    if at is None:
        return default
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise MappingError(f"{section.where}: {key} = {at!r}; legal: a time with a zone, such as 2026-11-02T05:01:00Z")
    delta = at.astimezone(UTC) - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
