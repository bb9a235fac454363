"""How often the interval of the expected time to failure held on later rows: in figures, or in words why not."""

from __future__ import annotations

from dataclasses import dataclass

from ml.outlook.fit import Coverage
from ml.outlook.outlook import EARLIEST, LATEST
from ml.policy import Policy

PROMISED = LATEST - EARLIEST
"""Fraction of times that the interval should hold."""


@dataclass(frozen=True, slots=True)
class OutlookFigures:
    """A `Coverage` in numbers; the fractions are None where too few failures were seen.

    Attributes:
        promised: Fraction of times that the interval should hold.
        rows: Later rows with a predicted interval; None where no failure followed any.
        failures: Distinct failures among their ends: the denominator of the bounds.
        inside: Fraction that failed within the interval.
        inside_low: Lower end of its Wilson 95 % interval.
        inside_high: Upper end.
        before: Fraction that failed earlier.
        after: Fraction that failed later.
        why_unknown: In words why there is no number; None where there is one.
    """

    promised: float
    rows: int | None
    failures: int
    inside: float | None
    inside_low: float | None
    inside_high: float | None
    before: float | None
    after: float | None
    why_unknown: str | None


def outlook_figures(coverage: Coverage | None, policy: Policy) -> OutlookFigures:
    """The figures of a coverage.

    A fraction of fewer failures than a first champion must be tested on is not reliable: then words say so.
    """
    if coverage is None:
        return _unknown(None, 0, "no failure followed a row of a later block with an interval")
    least = policy.minimum_tested_failures
    if coverage.failures < least:
        few = "1 failure" if coverage.failures == 1 else f"{coverage.failures} failures"
        why = f"only {few} followed the {coverage.rows:,} later rows with an interval, {least} are needed"
        return _unknown(coverage.rows, coverage.failures, why)
    low, high = coverage.bounds
    return OutlookFigures(
        promised=PROMISED,
        rows=coverage.rows,
        failures=coverage.failures,
        inside=coverage.inside,
        inside_low=low,
        inside_high=high,
        before=coverage.before,
        after=coverage.after,
        why_unknown=None,
    )


def _unknown(rows: int | None, failures: int, why: str) -> OutlookFigures:
    return OutlookFigures(PROMISED, rows, failures, None, None, None, None, None, why)
