"""The bearings of the machine models, as master data name them, and how often a defect in one is struck.

Sizes are those of SKF 6205 and 6203 in the bearing data of Case Western Reserve University. Nobody has looked up the
bearing of `R900`: its cells are empty.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Number of rolling elements, diameters of an element and of the pitch circle in mm."""

    elements: int
    element_mm: float
    pitch_mm: float


_6205, _6203 = Size(9, 7.94, 39.04), Size(8, 6.746, 28.5)
_BUILT_IN = {"P100": _6205, "P200": _6203, "C300": _6205, "R900": _6205}
KNOWN = {model: size for model, size in _BUILT_IN.items() if model != "R900"}
STRIKES_OUTER = {model: size.elements / 2 * (1 - size.element_mm / size.pitch_mm) for model, size in _BUILT_IN.items()}
"""Strikes on a defect of the outer ring in one turn of the shaft; equation 1 of Randall and Antoni, 2011."""


def cells(model: str) -> str:
    """The cells of a model in the file of machines: elements, element_mm, pitch_mm; empty where not known."""
    size = KNOWN.get(model)
    return ",," if size is None else f"{size.elements},{size.element_mm},{size.pitch_mm}"
