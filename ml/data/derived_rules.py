"""Which columns of a data set explain which others: positions, as a plant's profile states them by names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from expectations.residuals import Residuals


@dataclass(frozen=True, slots=True)
class DerivedRule:
    """A column, and those that predict it.

    Attributes:
        target: Its position.
        predictors: Position and power, 1 or 2, of each that predicts it.
    """

    target: int
    predictors: tuple[tuple[int, int], ...]

    @property
    def columns(self) -> tuple[int, ...]:
        """Position of each predictor."""
        return tuple(place for place, _ in self.predictors)

    @property
    def powers(self) -> tuple[int, ...]:
        """Power of each predictor."""
        return tuple(power for _, power in self.predictors)

    @property
    def places(self) -> frozenset[int]:
        """Every position that it needs."""
        return frozenset((self.target, *self.columns))


@dataclass(frozen=True, slots=True)
class DerivedRules:
    """The residual columns that every booster of these rows adds to them.

    Attributes:
        columns: At least one.
        levels: Positions of the columns that are 1 for rows of a machine model; empty: all rows have one fit.
        margin_us: Rows nearer to a failure than this are not called healthy, microseconds.
    """

    columns: tuple[DerivedRule, ...]
    levels: tuple[int, ...]
    margin_us: int

    @classmethod
    def of(cls, stated: Residuals | None, names: Sequence[str], margin_us: int) -> DerivedRules | None:
        """What a profile states, over columns of these names; None where they lack what it needs."""
        if stated is None:
            return None
        places = {name: place for place, name in enumerate(names)}
        wanted = (
            *stated.levels,
            *(name for one in stated.columns for name in (one.feature, *(by for by, _ in one.by))),
        )
        if not all(name in places for name in wanted):
            return None
        columns = (
            DerivedRule(places[one.feature], tuple((places[name], power) for name, power in one.by))
            for one in stated.columns
        )
        return cls(tuple(columns), tuple(places[name] for name in stated.levels), margin_us)

    def at(self, indices: NDArray[np.int32]) -> DerivedRules | None:
        """The same over some of the columns, in another order: those whose columns are all there; None without one."""
        new = {old: place for place, old in enumerate(indices.tolist())}
        if not all(level in new for level in self.levels):
            return None
        columns = tuple(
            DerivedRule(new[one.target], tuple((new[place], power) for place, power in one.predictors))
            for one in self.columns
            if one.places <= new.keys()
        )
        return replace(self, columns=columns, levels=tuple(new[one] for one in self.levels)) if columns else None
