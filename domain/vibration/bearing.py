"""Orders of a rolling bearing: how often a defect is struck in one turn of the shaft.

Source: Randall and Antoni, "Rolling element bearing diagnostics: a tutorial", Mechanical Systems and Signal Processing
25(2), 2011, equations 1 to 4. The inner ring turns and elements roll without slip; slip lowers the orders by 1 or 2 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Bearing:
    """Geometry of a bearing: number of rolling elements, diameters in millimetres, contact angle in degrees.

    Raises:
        ValueError: No element, a diameter that is not above 0, elements that do not fit between the rings, or an angle
            that is not from 0 to below 90 degrees.
    """

    elements: int
    element_mm: float
    pitch_mm: float
    contact_deg: float = 0.0

    def __post_init__(self) -> None:
        is_sound = self.elements >= 1 and 0.0 < self.element_mm < self.pitch_mm < math.inf
        if not is_sound or not 0.0 <= self.contact_deg < 90.0:
            raise ValueError(
                f"got {self}; legal: elements from 1, 0 < element_mm < pitch_mm, 0 <= contact_deg < 90: correct the "
                "master data"
            )


@dataclass(frozen=True)
class Orders:
    """Strikes in one turn of the shaft, by what is damaged.

    Attributes:
        outer: Outer ring (BPFO).
        inner: Inner ring (BPFI).
        ball: Rolling element: it strikes both rings in a turn of its own, so this is twice its spin (2 BSF).
        cage: Cage (FTF).
    """

    outer: float
    inner: float
    ball: float
    cage: float


def orders(bearing: Bearing) -> Orders:
    """The orders of a bearing.

    >>> found = orders(Bearing(elements=9, element_mm=7.94, pitch_mm=39.04))  # SKF 6205
    >>> [round(order, 4) for order in (found.outer, found.inner, found.ball / 2, found.cage)]
    [3.5848, 5.4152, 2.3567, 0.3983]
    """
    ratio = bearing.element_mm / bearing.pitch_mm * math.cos(math.radians(bearing.contact_deg))
    return Orders(
        outer=bearing.elements / 2 * (1 - ratio),
        inner=bearing.elements / 2 * (1 + ratio),
        ball=bearing.pitch_mm / bearing.element_mm * (1 - ratio * ratio),
        cage=(1 - ratio) / 2,
    )
