"""One feature's window against the windows before it: distances, the limits in force, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.drift.distances import Distances, distances
from ml.drift.rules import DriftRules
from ml.drift.sketch import Float64
from ml.drift.verdict import Verdict, verdict_of


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome for one feature.

    Attributes:
        verdict: What follows.
        reasons: Why; of `expectations.tables.gold_drift.DRIFT_REASONS`.
        rows: Rows of the window with a finite value.
        reference_rows: Those of the windows before.
        found: The distances; None where there is not enough data.
        limits: The limits in force; None likewise.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    rows: int
    reference_rows: int
    found: Distances | None = None
    limits: Distances | None = None


def compare(windows: Float64, rules: DriftRules) -> Comparison:
    """Compare the newest window with those before it.

    Args:
        windows: Rows at or below each bin by window, the newest first, shape (1 + w, b), as `each_window` gives them.
        rules: Limits, and what is enough.
    """
    totals = windows[:, -1:].sum(axis=1)
    reference, is_enough = windows[1:].sum(axis=0), totals[1:] >= rules.minimum_rows
    rows, reference_rows = int(totals[0]), int(totals[1:].sum())
    lacking = _lacking(rows, reference, int(is_enough.sum()), rules)
    if lacking:
        return Comparison(Verdict.INSUFFICIENT_DATA, (lacking,), rows, reference_rows)
    last = max(int(np.searchsorted(summed, summed[-1])) for summed in (windows[0], reference))
    enough = windows if is_enough.all() else windows[np.append(True, is_enough)]
    measured = _measured(reference[: last + 1], enough[:, : last + 1])
    found, limits = Distances(*measured[0].tolist()), _limits(measured[1:], rules)
    return Comparison(*verdict_of(found, limits), rows, reference_rows, found, limits)


def _measured(reference: Float64, windows: Float64) -> Float64:
    """Distances of the newest window from those before it, then of each of these from the others."""
    expected = reference - windows
    expected[0] = reference
    return distances(reference, windows, expected)


def _lacking(rows: int, reference: Float64, enough: int, rules: DriftRules) -> str:
    """What there is too little of, one of `DRIFT_REASONS`; empty where there is enough."""
    total = reference[-1] if len(reference) else 0.0
    lacks = {
        "no_values": rows == 0,
        "few_rows": rows < rules.minimum_rows,
        "no_reference": total == 0,
        "few_weeks": enough < rules.minimum_windows,
        "constant_reference": np.searchsorted(reference, 1) == np.searchsorted(reference, total),
    }
    return next((name for name, is_lacking in lacks.items() if is_lacking), "")


def _limits(own: Float64, rules: DriftRules) -> Distances:
    """The policy's limits, or the quantile of the feature's own windows, each against the others, where it is greater.

    Source: thresholds from chunks of the reference, as NannyML takes them; measured by `python -m bench.drift`.
    """
    policy = (rules.limits.ks, rules.limits.psi, rules.limits.kl)
    return Distances(*np.maximum(quantile(own, rules.own_quantile), policy).tolist())


def quantile(values: Float64, fraction: float) -> Float64:
    """A quantile of each column, on a line between neighbours: `numpy.quantile` without its checks, which cost more.

    >>> quantile(np.array([[3.0], [1.0], [2.0]]), 0.75).tolist()
    [2.5]

    Args:
        values: Shape (n, c), n at least 1, no NaN.
        fraction: 0 to 1.
    """
    ordered, place = np.sort(values, axis=0), fraction * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return np.asarray(ordered[low] + (place - low) * (ordered[high] - ordered[low]), dtype=np.float64)
