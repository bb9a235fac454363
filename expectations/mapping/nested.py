"""Where the records of nested JSON are: the keys `records`, `base`, `blank_where` and `[series]` of a mapping."""

import re
from dataclasses import dataclass

from expectations.errors import MappingError, unknown_name
from expectations.plant.toml_reader import Section

BASES = ("", "senml")
SERIES_UNITS = ("s", "ms", "us")
_STEP = r"""(\.?[^.\[\]*$|"']+|\.\*|\[\*\]|\[\d{1,9}\]|\["[^"]*"\]|\['[^']*'\])"""
# As `domain.record.json_path` parses it.
_PATH = re.compile(rf"\$?\*?{_STEP}*")


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """Values as arrays: the time from one to the next, in a column or the same for all."""

    step: str = ""
    every: float = 0.0
    unit: str = "s"


def records_path(section: Section) -> str:
    """The path of the records.

    Raises:
        MappingError: It is no path.
    """
    text: str = section.take("records", str, "")
    if _PATH.fullmatch(text) is None:
        raise MappingError(f"{section.where}: records = {text!r} is no path; legal: such as metrics[*] or values.*")
    return text


def header_path(section: Section) -> str:
    """The path of the names of a header.

    Raises:
        MappingError: It is no path from the document.
    """
    text: str = section.take("header", str, "")
    if text and (not text.startswith("$.") or _PATH.fullmatch(text) is None):
        raise MappingError(f"{section.where}: header = {text!r} is no path from the document; legal: such as $.columns")
    return text


def base_fields(section: Section) -> str:
    """Which standard's base fields are resolved.

    Raises:
        MappingError: No such standard.
    """
    text: str = section.take("base", str, "")
    if text not in BASES:
        raise MappingError(f"{section.where}: {unknown_name('base', text, BASES[1:])}")
    return text


def series_rule(section: Section) -> SeriesRule:
    """The table `[series]`.

    Raises:
        MappingError: An unknown key, or not one of `step` and `every`.
    """
    rule = SeriesRule(section.take("step", str, ""), section.number("every", 0.0), section.take("unit", str, "s"))
    section.finish()
    if rule.unit not in SERIES_UNITS:
        raise MappingError(f"{section.where}: {unknown_name('unit', rule.unit, SERIES_UNITS)}")
    if bool(rule.step) == bool(rule.every):
        raise MappingError(f"{section.where}: name one of step, a column, and every, a number")
    return rule
