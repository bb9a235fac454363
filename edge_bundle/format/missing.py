"""Which rows a model scores: one whose missing windows are unusual says nothing of the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_bundle.format.bounds import MAX_PATTERNS

WINDOWS_MISSING = "windows_missing"
"""Reason of a score that is left out."""


@dataclass(frozen=True)
class MissingRule:
    """The sets of windows that may be missing together; how they were chosen: `ml.data.missing`.

    Attributes:
        columns: Places of the vector that it looks at, ascending.
        usual: Each set of these that may be missing, ascending.
    """

    columns: tuple[int, ...]
    usual: tuple[tuple[int, ...], ...]

    def is_legal(self, n_features: int) -> bool:
        """Whether places are ascending and there, and every set is one of them, once."""
        inside = all(0 <= at < n_features for at in self.columns)
        ordered = all(list(one) == sorted(set(one)) for one in (self.columns, *self.usual))
        known = all(set(one) <= set(self.columns) for one in self.usual)
        return inside and ordered and known and len(set(self.usual)) == len(self.usual) <= MAX_PATTERNS

    def covers(self, row: Sequence[float]) -> bool:
        """Whether a vector is scored; missing is NaN."""
        return tuple(at for at in self.columns if row[at] != row[at]) in self.usual
