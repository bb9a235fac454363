"""Which units a column of a mapping is not in: those of its quantity that are another than the mapping's."""

from expectations.errors import ContractError
from expectations.mapping.mapping import Mapping, MetricColumn
from expectations.units import spelled_conversions, unit

_SAME = (1.0, 0.0)
"""Factor and offset from a unit to itself, and of a column without a scale."""


def other_units(mapping: Mapping) -> dict[str, frozenset[str]]:
    """Column -> spellings of other units, as `domain.record.unit_key` gives them.

    A column with a scale of its own may be in any unit, and so may all where a correction changes a unit.
    """
    if any(rule.unit for rule in mapping.corrections):
        return {}
    return {cell.column: units_beside(cell.unit) for cell in mapping.metrics if _has_no_scale(cell)}


def _has_no_scale(cell: MetricColumn) -> bool:
    return cell.divisor == 1.0 and (cell.factor, cell.offset) == _SAME and not cell.states


def units_beside(symbol: str) -> frozenset[str]:
    """The spellings of other units of a unit's quantity, as `domain.record.unit_key` gives them."""
    try:
        found = spelled_conversions(unit(symbol).symbol)
    except ContractError:  # a spelling of several quantities: its metric says which
        return frozenset()
    return frozenset(spelled for spelled, conversion in found.items() if conversion != _SAME)
