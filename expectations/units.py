"""Units: which quantity each belongs to, how to convert between them, which suffix a column carries.

Source: exact factors of the International System and of the inch, pound and foot (NIST SP 811, appendix B).
"""

from dataclasses import dataclass

from expectations.errors import ContractError, unknown_name


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: ``base = value * factor + offset`` in the base unit of its quantity; `suffix` ends column names."""

    symbol: str
    quantity: str
    suffix: str
    factor: float = 1.0
    offset: float = 0.0


_PSI_BAR = 0.0689475729316836
_INCH_MM = 25.4

UNITS: dict[str, Unit] = {
    unit.symbol: unit
    for unit in (
        Unit("C", "temperature", "c"),
        Unit("F", "temperature", "f", 5 / 9, -160 / 9),
        Unit("K", "temperature", "k", 1.0, -273.15),
        Unit("mm/s", "velocity", "mm_s"),
        Unit("in/s", "velocity", "in_s", _INCH_MM),
        Unit("mg", "acceleration", "mg"),
        Unit("g", "acceleration", "g", 1000.0),
        Unit("m/s2", "acceleration", "m_s2", 1000 / 9.80665),
        Unit("bar", "pressure", "bar"),
        Unit("kPa", "pressure", "kpa", 0.01),
        Unit("Pa", "pressure", "pa", 1e-5),
        Unit("psi", "pressure", "psi", _PSI_BAR),
        Unit("rpm", "rotation", "rpm"),
        Unit("Hz", "rotation", "hz", 60.0),
        Unit("A", "current", "a"),
        Unit("mA", "current", "ma", 0.001),
        Unit("V", "voltage", "v"),
        Unit("mV", "voltage", "mv", 0.001),
        Unit("kW", "power", "kw"),
        Unit("W", "power", "w", 0.001),
        Unit("m3/h", "flow", "m3_h"),
        Unit("l/min", "flow", "l_min", 0.06),
        Unit("mm", "length", "mm"),
        Unit("um", "length", "um", 0.001),
        Unit("in", "length", "in", _INCH_MM),
        Unit("%", "share", "pct"),
        Unit("1", "number", "number"),
    )
}


def unit(symbol: str) -> Unit:
    """The unit of that symbol.

    Raises:
        ContractError: No such unit; the message lists the legal ones.
    """
    if symbol not in UNITS:
        raise ContractError(unknown_name("unit", symbol, UNITS))
    return UNITS[symbol]


def conversion(source: str, target: str) -> tuple[float, float]:
    """Factor and offset with ``target_value = source_value * factor + offset``; (1.0, 0.0) for equal units.

    Raises:
        ContractError: The two units measure different quantities, or one is unknown.
    """
    one, other = unit(source), unit(target)
    if one.quantity != other.quantity:
        raise ContractError(f"{source!r} measures {one.quantity}, {target!r} measures {other.quantity}: no conversion")
    if one == other:
        return 1.0, 0.0
    return one.factor / other.factor, (one.offset - other.offset) / other.factor


def convertible(target: str) -> tuple[str, ...]:
    """Symbols of every unit that measures the same quantity as `target`, itself included, sorted."""
    quantity = unit(target).quantity
    return tuple(sorted(u.symbol for u in UNITS.values() if u.quantity == quantity))
