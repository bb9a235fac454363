"""Marks beside numbers that are units: left out of a cell, they must not hide that its value is in another unit."""

from expectations.errors import ContractError, MappingError
from expectations.mapping.mapping import Mapping
from expectations.units import Unit, unit

_MULTIPLES = ("k", "\u00b5", "\u03bc", "mio", "mrd", "tsd", "mln", "bil", "bln")
"""Prefixes of the SI that are no usual flag beside a value, and words for thousands and millions, in small letters."""
_NEGATIVE = ("(", ")")
"""Around a number they make it negative in accounts; elsewhere they say that it is doubtful."""


def check_unit_marks(mapping: Mapping, where: str) -> None:
    """Refuse marks of `strip` that are units of a quantity of which the mapping reads another unit.

    `294.65 K` would be stored as 294.65 C. One letter may be a flag: it counts where another mark has its quantity. Nor
    may a mark multiply, as in `1.5k`, or change the sign, as in `(1.5)`.

    Raises:
        MappingError: Names the mark, and the unit that the mapping reads.
    """
    if sign := next((mark for mark in map(str.strip, mapping.numbers.strip) if mark in _NEGATIVE), ""):
        raise MappingError(
            f"{where}.numbers: strip holds {sign!r}, and (1.5) is -1.5 in accounts; leave it out of strip: such "
            "records are then refused"
        )
    if multiple := next((mark for mark in map(str.strip, mapping.numbers.strip) if _multiplies(mark)), ""):
        raise MappingError(
            f"{where}.numbers: strip holds {multiple!r}, which multiplies: 1.5{multiple} would be stored as 1.5; leave "
            "it out of strip: such records are then refused"
        )
    marks = {mark: of for mark in map(str.strip, mapping.numbers.strip) if (of := _unit(mark)) is not None}
    read = _units_read(mapping) if marks else []
    for mark, of in marks.items():
        beside = [other for text, other in marks.items() if text != mark and other.quantity == of.quantity]
        same = {one.symbol for one in read if one.quantity == of.quantity}
        if of.symbol in same or (len(mark) == 1 and mark.isalpha() and not beside):
            continue
        others = sorted(same | {one.symbol for one in beside if one.symbol != of.symbol})
        if others:
            raise MappingError(
                f"{where}.numbers: strip holds {mark!r}, a unit of {of.quantity}, and the mapping reads {others[0]}; "
                "without the mark nobody sees which a value is in; leave it out of strip: such records are then refused"
            )


def _multiplies(mark: str) -> bool:
    return mark in _MULTIPLES or (len(mark) > 1 and mark.lower() in _MULTIPLES)


def _units_read(mapping: Mapping) -> list[Unit]:
    named = [*mapping.units.values(), *(cell.unit for cell in mapping.metrics if cell.unit)]
    return [of for text in named if (of := _unit(mapping.unit_names.get(text, text))) is not None]


def _unit(text: str) -> Unit | None:
    """The unit of that name; None where it has none, or several quantities."""
    try:
        return unit(text)
    except ContractError:
        return None
