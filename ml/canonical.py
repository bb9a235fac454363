"""Results as JSON text that depends on the values alone."""

from __future__ import annotations

import dataclasses
import json
from enum import Enum
from math import isfinite
from typing import Any

import numpy as np


def canonical_json(value: object) -> str:
    """Sorted keys, no spaces, shortest exact floats; what is not a finite number becomes null.

    >>> canonical_json({"b": 1.5, "a": float("nan")})
    '{"a":null,"b":1.5}'
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, np.ndarray | np.generic | Enum):
        return _plain(value.value if isinstance(value, Enum) else value.tolist())
    unknown = isinstance(value, float) and not isfinite(value)
    return None if unknown else value
