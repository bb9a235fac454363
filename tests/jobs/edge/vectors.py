"""Feature rows as gold has them, from the vectors that a gateway wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa


def vectors(path: Path, names: Sequence[str]) -> pa.Table:
    """One row per scored vector: its keys, and its features under these names."""
    rows = []
    for line in map(json.loads, path.read_text().splitlines()):
        at = datetime.fromisoformat(line["scored_at"])
        values = [None if text is None else float.fromhex(text) for text in line["features"]]
        keys = {"machine_id": line["machine_id"], "factory_id": "f1", "scored_at": at, "scored_date": at.date()}
        rows.append({**keys, **dict(zip(names, values, strict=True))})
    return pa.Table.from_pylist(rows)
