"""Rows in groups, and exact sums of their whole numbers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Coded, Micros, begins
from expectations.tables.row_order import row_order

Steps = NDArray[np.int64]
_LARGEST = 2**63 - 1
_SUM_OF_SQUARES = pa.decimal128(38, 0)


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows ordered by group, within it by time and then sensor; where each group begins."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each group."""
        sizes: NDArray[np.int64] = np.diff(self.starts, append=len(self.order))
        return sizes

    def first(self, column: NDArray[Any]) -> NDArray[Any]:
        """The first of each group."""
        firsts: NDArray[Any] = column[self.order[self.starts]]
        return firsts

    def last(self, column: NDArray[Any]) -> NDArray[Any]:
        """The last of each group."""
        lasts: NDArray[Any] = column[self.order[self.starts + self.sizes - 1]]
        return lasts

    def sum(self, column: NDArray[Any]) -> NDArray[Any]:
        """Sums; they must fit the type."""
        return self._reduced(np.add, column)

    def least(self, column: NDArray[Any]) -> NDArray[Any]:
        """The smallest of each group."""
        return self._reduced(np.minimum, column)

    def most(self, column: NDArray[Any]) -> NDArray[Any]:
        """The largest of each group."""
        return self._reduced(np.maximum, column)

    def _reduced(self, combine: np.ufunc, column: NDArray[Any]) -> NDArray[Any]:
        if not len(self.starts):
            return column[:0]
        reduced: NDArray[Any] = combine.reduceat(column[self.order], self.starts)
        return reduced


def grouped(keys: tuple[NDArray[Any], ...], at_us: Micros, sensor: Coded) -> Groups:
    """Rows in groups of equal keys; the last key varies slowest."""
    order = row_order((sensor.ranks(), at_us, *keys))
    return Groups(order, np.flatnonzero(begins(keys, order)))


def exact_sums(steps: Steps, groups: Groups) -> NDArray[Any]:
    """Sums as 64-bit numbers where no group can go beyond them, else as Python's own."""
    largest = int(np.abs(steps).max(initial=0))
    return groups.sum(steps if largest * len(steps) <= _LARGEST else steps.astype(object))


def sums_of_squares(steps: Steps, groups: Groups) -> pa.Array:
    """Sums of squares as `decimal(38,0)`, exact."""
    largest, most = int(np.abs(steps).max(initial=0)), int(groups.sizes.max(initial=0))
    if largest * largest * most <= _LARGEST:
        return pa.array(groups.sum(steps * steps)).cast(_SUM_OF_SQUARES)
    whole = steps.astype(object)
    return pa.array([Decimal(total) for total in groups.sum(whole * whole)], _SUM_OF_SQUARES)
