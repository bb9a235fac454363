"""One spelling for the JSON that readers write: sorted keys, no nulls, whole numbers without a fraction."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

# Below it every whole double is one integer (IEEE 754: 53 bits).
WHOLE_LIMIT = 2.0**53


def json_text(fields: Mapping[str, object]) -> str | None:
    """The fields as a JSON object text with sorted keys; null fields are left out, no field gives None."""
    known = {name: plain(value) for name, value in fields.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, sort_keys=True, allow_nan=False) if known else None


def plain(value: object) -> object:
    """The value with whole floats as integers, at every depth: ``1.0`` and ``1`` are one number in JSON.

    What is no finite number becomes a text, ``nan`` or ``inf``: JSON has no number for it.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        return int(value) if value.is_integer() and abs(value) < WHOLE_LIMIT else value
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value


def scalar_text(value: str | float | bool) -> str:
    """A JSON scalar as text: ``18``, ``18.5``, ``true``, the text itself.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(value)
    return value if isinstance(value, str) else json.dumps(plain(value))
