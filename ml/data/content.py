"""The content of what a training reads, as one digest: the same rows give the same one, in whatever order they come."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import numpy as np
import pandas as pd

from ml.canonical import canonical_json
from ml.data.dataset import TrainingFrames


def content_sha256(frames: TrainingFrames) -> str:
    """SHA-256 over every frame's columns, types and rows, and over the machine models.

    Rows count by their values alone, so that neither the order of rows nor how often a table was written matters.
    """
    digest = hashlib.sha256(canonical_json(dict(frames.models)).encode())
    for field in fields(TrainingFrames):
        frame = getattr(frames, field.name)
        if isinstance(frame, pd.DataFrame):
            digest.update(field.name.encode() + _rows_digest(frame))
    return digest.hexdigest()


def _rows_digest(frame: pd.DataFrame) -> bytes:
    ordered = frame[sorted(frame.columns)]
    types = [(name, str(kind)) for name, kind in ordered.dtypes.items()]
    rows = np.sort(pd.util.hash_pandas_object(ordered, index=False).to_numpy(dtype=np.uint64))
    return hashlib.sha256(canonical_json(types).encode() + rows.astype("<u8").tobytes()).digest()
