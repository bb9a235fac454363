"""A projection of deviations from plain arrays to its blob.

The file is an ``.npz`` without pickle: ``columns`` (int32), ``centers``, ``scales`` (float64, one for each column),
``axes`` (float64, axes x columns), ``farthest`` (float64).
"""

from __future__ import annotations

import io
import zipfile

import numpy as np

from edge_bundle.compiler.errors import ModelFileError
from edge_bundle.format.residual_blob import ResidualModel, pack

ARRAYS = {
    "columns": (np.int32, 1), "centers": (np.float64, 1), "scales": (np.float64, 1), "axes": (np.float64, 2),
    "farthest": (np.float64, 0),
}  # fmt: skip


def compile_residual(data: bytes, n_features: int) -> bytes:
    """The blob of a projection file; whoever loads it checks the numbers.

    Args:
        data: The npz file.
        n_features: Length of the rows, which may have columns that the projection does not use.

    Raises:
        ModelFileError: Not such a file, or its arrays contradict each other.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, TypeError) as exc:
        raise ModelFileError(f"not an npz of plain arrays: {exc}") from exc
    found = {name: (array.dtype.type, array.ndim) for name, array in arrays.items()}
    if found != ARRAYS:
        raise ModelFileError(f"a projection file holds {sorted(ARRAYS)}; got {sorted(found)}, or others of these names")
    width = arrays["axes"].shape[1]
    if any(len(arrays[name]) != width for name in ("columns", "centers", "scales")):
        raise ModelFileError(f"axes of {width} columns, but {len(arrays['columns'])} columns are named")
    if np.any(arrays["columns"] < 0):
        raise ModelFileError("a column is below 0")
    return pack(
        ResidualModel(
            label="",
            n_features=n_features,
            columns=tuple(arrays["columns"].tolist()),
            centers=tuple(arrays["centers"].tolist()),
            scales=tuple(arrays["scales"].tolist()),
            axes=tuple(map(tuple, arrays["axes"].tolist())),
            farthest=float(arrays["farthest"]),
        )
    )
