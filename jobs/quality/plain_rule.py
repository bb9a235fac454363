"""The plain rule beside a version: the cheapest limit of one figure that its training found, as its metrics say."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ml.data.dataset import Mask
from ml.evaluation.rule_figures import COUNT_ENDING, columns_of, over_codes


@dataclass(frozen=True, slots=True)
class Limit:
    """Alarm where a figure is at or above a limit, or at or below it; `words` are those of the metrics.

    `figure` is a feature, or a pattern of features of events, see `ml.evaluation.rule_figures`; `columns` are these
    features.
    """

    figure: str
    is_above: bool
    value: float
    words: str
    columns: tuple[str, ...] = ()

    def is_known(self, rows: pd.DataFrame) -> bool:
        """Whether any row has a value."""
        return bool(rows[list(self.columns)].notna().to_numpy().any())

    def flags(self, rows: pd.DataFrame) -> Mask:
        """Whether each row is beyond the limit; a missing value is not."""
        given = rows[list(self.columns)].to_numpy(dtype=np.float64)
        values = over_codes(given, is_count=self.figure.endswith(COUNT_ENDING))
        return np.asarray(values >= self.value if self.is_above else values <= self.value, dtype=np.bool_)


def limits_of(versions: Iterable[Mapping[str, Any]], features: Iterable[str]) -> dict[str, Limit]:
    """The rule of each version that has one, of the features that there are.

    Args:
        versions: Rows of `gold.model_versions` with `version` and `metrics`.
        features: Columns of `gold.machine_features`.
    """
    known = tuple(features)
    found = {row["version"]: limit_of(row["metrics"], known) for row in versions}
    return {version: limit for version, limit in found.items() if limit is not None and limit.columns}


def limit_of(metrics: str, known: Sequence[str]) -> Limit | None:
    """The first rule of a version's metrics, which is the cheapest; None where its training compared it with none.

    >>> limit = limit_of('{"failure": {"rules": [{"rule": "error_*_24h_count >= 1"}]}}', ["error_e1_24h_count", "age"])
    >>> limit.figure, limit.is_above, limit.value, limit.columns
    ('error_*_24h_count', True, 1.0, ('error_e1_24h_count',))
    >>> limit_of('{"failure": null}', ["age"])
    """
    rules = (json.loads(metrics).get("failure") or {}).get("rules") or []
    if not rules:
        return None
    figure, sign, value = rules[0]["rule"].rsplit(" ", 2)
    return Limit(figure, sign == ">=", float(value), rules[0]["rule"], columns_of(figure, known))
