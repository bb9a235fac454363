"""Rows of float32 features: one as numbers, or many as bytes, row after row."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from typing import Protocol

from edge_bundle.format.errors import RowError


class HasFeatures(Protocol):
    """A model of any kind."""

    @property
    def n_features(self) -> int:
        """Length of a row."""


def row_count(model: HasFeatures, rows: bytes) -> int:
    """How many float32 rows of the model ``rows`` holds.

    Raises:
        RowError: Not a whole number of rows.
    """
    count, rest = divmod(len(rows), 4 * model.n_features)
    if rest:
        raise RowError(f"{len(rows)} bytes are no whole rows of {model.n_features} float32 values")
    return count


def split_rows(model: HasFeatures, rows: bytes) -> Iterator[tuple[float, ...]]:
    """The rows in ``rows``, float32 little-endian, row after row. Raises: as `row_count`."""
    row_count(model, rows)
    return struct.iter_unpack(f"<{model.n_features}f", rows)


def as_row(model: HasFeatures, row: Sequence[float]) -> array[float]:
    """One row, each number rounded to float32.

    Raises:
        RowError: Another length, or something that is no number.
    """
    try:
        values = array("f", row)
    except (TypeError, OverflowError) as exc:
        raise RowError(f"a row holds numbers only: {exc}") from exc
    if len(values) != model.n_features:
        raise RowError(f"got {len(values)} values; the model takes {model.n_features}")
    return values
