"""What is asked of the horizons beside the leading one: their model is no worse than chance, and none is lost."""

from __future__ import annotations

from collections.abc import Iterable

from ml.evaluation.ranking import Ranking
from ml.gates.failure_gate import Check, Verdict, figure, worded


def horizon_check(horizon: str, found: Ranking) -> Check:
    """FAIL where margins rank held-out rows worse than chance, WARN where chance could explain as much."""
    area = found.area
    name = f"ranking_within_{horizon}_against_chance"
    if area is None:
        text = f"model of {horizon}: not ranked, all rows that test it are of one class; collect longer"
        return Check(name, Verdict.WARN, None, ">=", found.expected, text)
    text = (
        f"model of {horizon}: a row before a failure has the higher margin in {figure(round(area, 3))} of pairs; "
        f"failures shifted in time give {figure(round(found.expected, 3))} on average, "
        f"{figure(round(found.upper, 3))} in 1 of 20 shifts"
    )
    if area < found.expected:
        advice = f"{text}; leave {horizon} out of models in [labels] of the profile, or collect longer"
        return Check(name, Verdict.FAIL, area, ">=", found.expected, advice)
    verdict = Verdict.PASS if area > found.upper else Verdict.WARN
    return Check(name, verdict, area, ">=", found.expected, text)


def lost_horizons(champion: Iterable[str | None], candidate: Iterable[str | None]) -> list[Check]:
    """WARN where the champion predicts at horizons that the candidate does not: a person must know."""
    lost = sorted({each for each in champion if each} - {each for each in candidate if each})
    if not lost:
        return []
    text = (
        f"the champion predicts within {', '.join(lost)} too, this version does not: name them as models in [labels] "
        "of the profile, or collect longer"
    )
    return [worded("horizons", Verdict.WARN, text)]
