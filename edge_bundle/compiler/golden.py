"""Golden vectors: rows with the scores that the trainer computed for them, as raw bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_bundle.compiler.errors import SealError
from edge_bundle.format.golden import score_rows
from edge_bundle.format.manifest import GoldenEntry
from edge_bundle.format.model_scorers import Model, scorer_of
from edge_bundle.format.reference_kernel import ReferenceKernel

ROWS_PATH = "golden/rows.f32"
SUFFIXES = {"f": ("f32", "<f4"), "d": ("f64", "<f8")}


@dataclass(frozen=True, slots=True)
class GoldenVectors:
    """The members and the manifest's entry for them."""

    entry: GoldenEntry
    members: dict[str, bytes]


def build_golden(
    rows: NDArray[np.float32],
    scores: Mapping[str, NDArray[np.floating]],
    models: Mapping[str, Model],
    rows_path: str = ROWS_PATH,
) -> GoldenVectors:
    """Golden members from rows and the *trainer's* scores, which each compiled model must equal.

    Args:
        rows: float32, shape (n, features); missing is NaN.
        scores: Per model name: XGBoost's float32 margins or scikit-learn's float64 path-length
            sums, shape (n,).
        models: The compiled models by name.
        rows_path: Path of the rows; another for each further set of rows.

    Raises:
        SealError: Names or shapes do not fit, or a compiled model does not give the trainer's bits.
    """
    if set(scores) != set(models) or rows.ndim != 2 or len(rows) == 0 or rows.dtype != np.float32:
        raise SealError(f"golden scores for {sorted(scores)}, models {sorted(models)}, rows {rows.shape} {rows.dtype}")
    packed = canonical_nan(rows).tobytes()
    members = {rows_path: packed}
    paths: dict[str, str] = {}
    for name, model in sorted(models.items()):
        suffix, dtype = SUFFIXES[scorer_of(model.label).code]
        expected = scores[name].astype(dtype, casting="equiv").tobytes()
        if score_rows(ReferenceKernel(), model, packed) != expected:
            raise SealError(f"model {name!r} as compiled does not give the trainer's golden scores bit for bit")
        paths[name] = f"golden/{name}.{suffix}"
        members[paths[name]] = expected
    return GoldenVectors(GoldenEntry(rows_path, len(rows), paths), members)


def canonical_nan(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """``rows`` little-endian with every NaN in the same bits, so that equal rows are equal bytes."""
    return np.where(np.isnan(rows), np.float32(np.nan), rows).astype("<f4")
