"""The plain rule beside a version: the cheapest limit of one feature that its training found, as its metrics say."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.data.dataset import Mask


@dataclass(frozen=True, slots=True)
class Limit:
    """Alarm where a feature is at or above a limit, or at or below it; `words` are those of the metrics."""

    feature: str
    is_above: bool
    value: float
    words: str

    def flags(self, rows: pd.DataFrame) -> Mask:
        """Whether each row is beyond the limit; a missing value is not."""
        values = rows[self.feature].to_numpy(dtype=np.float64)
        return np.asarray(values >= self.value if self.is_above else values <= self.value, dtype=np.bool_)


def limits_of(versions: Iterable[Mapping[str, Any]], features: Iterable[str]) -> dict[str, Limit]:
    """The rule of each version that has one, of the features that there are.

    Args:
        versions: Rows of `gold.model_versions` with `version` and `metrics`.
        features: Columns of `gold.machine_features`.
    """
    known = set(features)
    found = {row["version"]: limit_of(row["metrics"]) for row in versions}
    return {version: limit for version, limit in found.items() if limit is not None and limit.feature in known}


def limit_of(metrics: str) -> Limit | None:
    """The first rule of a version's metrics, which is the cheapest; None where its training compared it with none.

    >>> limit_of('{"failure": {"rules": [{"rule": "vibration_mean_3h <= 1.5"}]}}')
    Limit(feature='vibration_mean_3h', is_above=False, value=1.5, words='vibration_mean_3h <= 1.5')
    >>> limit_of('{"failure": null}')
    """
    rules = (json.loads(metrics).get("failure") or {}).get("rules") or []
    if not rules:
        return None
    feature, sign, value = rules[0]["rule"].rsplit(" ", 2)
    return Limit(feature, sign == ">=", float(value), rules[0]["rule"])
