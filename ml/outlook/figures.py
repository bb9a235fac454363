"""How often the interval of the expected time to failure held on later rows: in figures, or in words why not."""

from __future__ import annotations

from dataclasses import dataclass

from ml.outlook.fit import Coverage
from ml.outlook.outlook import EARLIEST, LATEST
from ml.policy import Policy

PROMISED = LATEST - EARLIEST
"""Share of times that the interval should hold."""


@dataclass(frozen=True, slots=True)
class OutlookFigures:
    """A `Coverage` in numbers; the shares are None where too few failures were seen to tell them.

    Attributes:
        promised: Share of times that the interval should hold.
        rows: Later rows that had been told an interval; None where no failure followed any.
        failures: Distinct failures among their ends: the denominator of the bounds.
        inside: Share that failed within the interval.
        inside_low: Lower end of its Wilson 95 % interval.
        inside_high: Upper end.
        before: Share that failed earlier.
        after: Share that failed later.
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

    A share of fewer failures than a first champion must be tested on is no figure to go by: then it is said in words.
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
