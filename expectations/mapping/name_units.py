"""Units in names of columns: `press (mbar)` mapped in bar would be stored a thousand times too large, in silence."""

import re
from collections.abc import Iterator

from domain.record.unit_key import unit_key
from expectations.errors import MappingError
from expectations.mapping.mapping import Mapping
from expectations.mapping.other_units import other_units, units_beside

_AT_END = (
    re.compile(r"[\[({<]([^\[\](){}<>]+)[\])}>]\s*\Z"),  # press (mbar)
    re.compile(r"[,;:|/]\s*([^,;:|]+?)\s*\Z"),  # press, mbar
    re.compile(r"[\s_]([^\s_]{2,})\Z"),  # press_mbar; one letter there may be the name of a sensor
)
_WORDS = frozenset({"at", "in", "min", "PS"})
"""Units that are words of names as well, such as of a temperature that is a minimum, or is measured at something."""


def check_name_units(mapping: Mapping, where: str) -> None:
    """Refuse a column or name of a metric that ends with another unit than the mapping says.

    The unit is in brackets, behind a comma, colon, bar or slash, or, of two letters or more, behind a blank or `_`.

    Only a unit of the same quantity counts. What has a scale of its own may be in any unit, and so may all where
    `[[corrections]]` say a unit, as where the name itself is wrong.

    Raises:
        MappingError: Names the column, its unit and the mapping's.
    """
    for name, symbol, others in _named(mapping):
        if found := next((text for text in _units_in(name) if unit_key(text) in others), ""):
            raise MappingError(
                f"{where}: the name {name!r} says {found!r}, and the mapping says {symbol!r}; legal: the unit of "
                "the name, a divisor, factor or offset, or, where the name is wrong, [[corrections]] with the unit"
            )


def _units_in(name: str) -> Iterator[str]:
    """What may be a unit at the end of a name."""
    found = [one[1].strip() for one in (form.search(name) for form in _AT_END) if one is not None]
    yield from (text for text in found if text not in _WORDS)


def _named(mapping: Mapping) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Each name with the unit of its values, and the spellings of other units of that quantity."""
    others, unit_of = other_units(mapping), {cell.column: cell.unit for cell in mapping.metrics}
    for column, some in others.items():
        yield column, unit_of[column], some
    if "unit" in mapping.columns or any(rule.unit for rule in mapping.corrections):
        return
    for name, metric in mapping.names.items():
        if metric in mapping.units:
            yield name, mapping.units[metric], units_beside(mapping.units[metric])
