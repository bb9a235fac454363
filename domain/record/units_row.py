"""A row of units below a header: whether it says another unit than the mapping does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from domain.record.unit_key import unit_key

_AROUND = " \t[]()"


def other_unit(names: Sequence[str], texts: Sequence[str], others: Mapping[str, Collection[str]]) -> str | None:
    """What a row below a header says of a column that its mapping does not; None where they agree.

    Args:
        names: The header's.
        texts: The row's fields.
        others: Column -> spellings of units of its quantity that are another than the mapping's.
    """
    for name, text in zip(names, texts):
        spelled = text.strip(_AROUND)
        if spelled and unit_key(spelled) in others.get(name, ()):
            return f"column {name!r} is in {spelled!r} by the row below the header; the mapping has another unit"
    return None
