"""Figures that a plain rule looks at: a feature, or one of all codes of an event, such as any error within a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from ml.data.dataset import Float64
from ml.data.failure_events import Int64

COUNT_ENDING = "_count"
"""Features that count events end so; the other features of events are hours since one."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: A feature, or a pattern of features of all codes: ``error_*_24h_count``, ``since_error_*_h``.
        columns: Places of its features.
        is_count: Whether it counts events; else it is hours since the last of them.
    """

    name: str
    columns: Int64
    is_count: bool

    def values(self, rows: Float64) -> Float64:
        """The figure of each row, shape (n,)."""
        return over_codes(rows[:, self.columns], is_count=self.is_count)


def event_figures(names: Sequence[str], events: Mapping[str, str]) -> tuple[Figure, ...]:
    """The figures of events: those of all codes together first, then each feature.

    Args:
        names: Of the columns.
        events: Of the features of events: name -> pattern of the same figure of every code.
    """
    patterns = {pattern: _places(names, pattern) for pattern in dict.fromkeys(events.values())}
    together = [(pattern, places) for pattern, places in patterns.items() if len(places) > 1]
    alone = [(name, np.array([names.index(name)])) for name in names if name in events]
    return tuple(Figure(name, places, name.endswith(COUNT_ENDING)) for name, places in (*together, *alone))


def over_codes(values: Float64, *, is_count: bool) -> Float64:
    """Counts added up, or the least hours, of the codes that have a value; shape (n, codes) to (n,).

    >>> over_codes(np.array([[1.0, 2.0], [np.nan, 3.0], [np.nan, np.nan]]), is_count=True).tolist()
    [3.0, 3.0, nan]
    >>> over_codes(np.array([[1.0, 2.0], [np.nan, 3.0]]), is_count=False).tolist()
    [1.0, 3.0]
    """
    missing = np.isnan(values)
    found = np.nansum(values, axis=1) if is_count else np.where(missing, np.inf, values).min(axis=1)
    return np.where(missing.all(axis=1), np.nan, found)


def columns_of(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """The features among the known ones that a figure's name means.

    >>> columns_of("error_*_24h_count", ("error_e1_24h_count", "error_e1_7d_count", "error_e2_24h_count"))
    ('error_e1_24h_count', 'error_e2_24h_count')
    """
    return tuple(one for one in known if fnmatchcase(one, name))


def _places(names: Sequence[str], pattern: str) -> Int64:
    return np.array([place for place, name in enumerate(names) if fnmatchcase(name, pattern)], dtype=np.int64)
