"""Scored vectors as JSON Lines with every bit, so that gold's can be compared number by number."""

from __future__ import annotations

import json
import math
from pathlib import Path

from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.scoring.score import Score


class VectorFile:
    """A line per score of this run: machine_id, scored_at, features (``float.hex`` texts, null), feature_digest."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def __call__(self, machine_id: str, scored_us: int, row: list[float], score: Score) -> None:
        """Write one line."""
        features = [None if math.isnan(value) else value.hex() for value in row]
        named = {
            "machine_id": machine_id,
            "scored_at": format_us(scored_us),
            "features": features,
            "feature_digest": score.digest,
        }
        self._file.write(json.dumps(named) + "\n")

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
