"""Plain arrays as bytes that depend on the arrays alone: an npz without clock or compression."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ml.errors import ArtifactError

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Earliest time a zip member can carry."""


def npz_bytes(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """An ``.npz`` that `numpy.load` reads, members sorted by name; never a pickle."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            member = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            member.external_attr = 0o644 << 16
            archive.writestr(member, _npy_bytes(arrays[name]))
    return packed.getvalue()


def npz_arrays(content: bytes) -> dict[str, NDArray[np.generic]]:
    """The arrays of `npz_bytes`.

    Raises:
        ArtifactError: The bytes are no npz, or hold objects.
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, zipfile.BadZipFile) as exc:
        raise ArtifactError(f"not an npz of plain arrays ({exc}): train the model again") from exc


def _npy_bytes(array: NDArray[np.generic]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array, order="C"), allow_pickle=False)
    return buffer.getvalue()
