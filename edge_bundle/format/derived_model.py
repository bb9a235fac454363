"""A booster over residual columns: rows of features in, margins out. Trees are walked by whatever kernel there is."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from edge_bundle.format.derived_columns import DerivedColumns, parse
from edge_bundle.format.errors import ModelBlobError
from edge_bundle.format.float_rows import split_rows
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.model_blob import FlatModel

DERIVED_KIND = "xgboost-margin-derived"
"""Kind of such a model, as a manifest names it; its files are the trees, then the columns."""


@dataclass(frozen=True)
class DerivedModel:
    """Flat trees over the features and the residual columns behind them.

    Attributes:
        columns: The residual columns.
        trees: The trees.
    """

    columns: DerivedColumns
    trees: FlatModel

    @property
    def label(self) -> str:
        """Its kind, as the manifest names it."""
        return DERIVED_KIND

    @property
    def n_features(self) -> int:
        """Length of a row, without the residual columns."""
        return self.columns.n_features

    @property
    def nodes_visited(self) -> int:
        """Nodes and products of one row."""
        return self.trees.nodes_visited + self.columns.products


def derived_model(columns: bytes, trees: FlatModel) -> DerivedModel:
    """The model of these two, which fit each other.

    Raises:
        ModelBlobError: The columns are not legal, or the trees take other rows.
    """
    found = parse(columns)
    if trees.header.n_features != found.width:
        raise ModelBlobError(
            f"trees take {trees.header.n_features} columns, the row has {found.n_features} features and "
            f"{len(found.columns)} residual columns"
        )
    return DerivedModel(found, trees)


def margin(kernel: Scorer, model: DerivedModel, row: Sequence[float]) -> float:
    """The float32 margin of one row. Raises: as `DerivedColumns.extended`."""
    return kernel.margin(model.trees, model.columns.extended(row))


def margins(kernel: Scorer, model: DerivedModel, rows: bytes) -> bytes:
    """Float32 margins of float32 rows, little-endian.

    Raises:
        RowError: Not whole rows.
    """
    pack = struct.Struct(f"<{model.columns.width}f").pack
    return kernel.margins(model.trees, b"".join(pack(*model.columns.extended(row)) for row in split_rows(model, rows)))
