"""The windows of values that no table holds."""

from __future__ import annotations

import numpy as np

from ml.drift.rules import DriftRules
from ml.drift.series import Series
from ml.drift.sketch import Float64, Int64, bins_of
from ml.drift.windows import each_window


def windows_of(ages: Int64, values: Float64, rules: DriftRules) -> Float64:
    """Rows at or below each bin by window, the newest first, of finite values so many days before the newest date."""
    order = np.argsort(-ages, kind="stable")
    nothing, ones = np.zeros(len(ages), np.int64), np.ones(len(ages), np.int64)
    series = Series(-ages[order], nothing, nothing, np.arange(len(ages) + 1), bins_of(values[order]), ones)
    ((_, found),) = each_window(series, [0], rules)
    return found
