"""Recall and precision from the findings of technicians at scores that were drawn with known probabilities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.wilson import wilson_interval


@dataclass(frozen=True, slots=True)
class Drawn:
    """One score that was drawn to be answered.

    Attributes:
        probability: With which it was drawn, above 0 and at most 1.
        is_requested: Whether the score requests something: such scores are drawn with a probability of their own.
        is_alarm: Whether an alarm of the machine was active then, raised by this score or before.
        is_defect: Whether the technician found the defect; None where nobody answered in time, or nothing was clear.
    """

    probability: float
    is_requested: bool
    is_alarm: bool
    is_defect: bool | None


def estimates(cells: Iterable[Sequence[Drawn]]) -> dict[str, Any]:
    """The sampled columns of `gold.model_performance`, of the scores that were drawn in some machine-weeks.

    Each answered score counts for as many as it represents: the inverse of its probability (Horvitz and Thompson, JASA
    47, 1952), times drawn by answered of its kind, requested or not, for not all are answered (weighting classes:
    Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992, chapter 15). Recall is the ratio of two such
    sums, defects in alarm by all defects; precision is defects in alarm by all in alarm. The 95 % interval is Wilson's
    of the effective number of answers, (sum of weights)^2 / sum of squared weights (Kish, Survey Sampling, 1965), in
    which all answers of one machine in one week count as one: a defect lasts for days.

    Without an answer of a kind that was drawn there is no recall, and no precision: it would be that of the other kind.
    Nor is there a recall without an answer where nothing was requested: nobody looked where a defect would be missed.

    By hand: of 4 drawn requests at 0.05 two are answered, so each is worth 20 x 2 = 40; one is a defect. Both scores
    without request, at 0.01, are answered, each worth 100; one is a defect, of another machine. Recall is
    40 / (40 + 100) = 0.286, of (40 + 100)^2 / (40^2 + 100^2) = 1.69 answers. Precision is 40 / (40 + 40) = 0.5, of one.

    >>> asked = [Drawn(0.05, True, True, found) for found in (True, False, None, None)]
    >>> others = [Drawn(0.01, False, False, found) for found in (True, False)]
    >>> found = estimates([asked, others])
    >>> found["sampled_count"], found["answered_count"], round(found["sampled_recall"], 3), found["sampled_precision"]
    (6, 4, 0.286, 0.5)
    >>> round(found["sampled_recall_low"], 3), round(found["sampled_recall_high"], 3)
    (0.03, 0.839)
    >>> estimates([asked])["sampled_recall"] is None
    True

    Args:
        cells: For each machine and week its drawn scores.
    """
    known = [list(cell) for cell in cells]
    everything = [one for cell in known for one in cell]
    answered = [one for one in everything if one.is_defect is not None]
    factors = {kind: _factor(everything, kind) for kind in (True, False)}
    weighted = [[(_weight(one, factors), one) for one in cell if one.is_defect is not None] for cell in known]
    kinds = {one.is_requested for one in everything}
    defects = [[(weight, one.is_alarm) for weight, one in cell if one.is_defect] for cell in weighted]
    in_alarm = [[(weight, bool(one.is_defect)) for weight, one in cell if one.is_alarm] for cell in weighted]
    return {
        "sampled_count": len(everything), "answered_count": len(answered),
        **_ratio("recall", defects if _are_answered({False, *kinds}, factors) else []),
        **_ratio("precision", in_alarm if _are_answered(_in_alarm(everything), factors) else []),
    }  # fmt: skip


def _factor(drawn: Sequence[Drawn], is_requested: bool) -> float | None:
    """Drawn by answered of one kind; None where nobody answered any, or none was drawn."""
    mine = [one for one in drawn if one.is_requested == is_requested]
    answered = sum(one.is_defect is not None for one in mine)
    return len(mine) / answered if answered else None


def _in_alarm(drawn: Sequence[Drawn]) -> set[bool]:
    """The kinds that were drawn in alarm."""
    return {one.is_requested for one in drawn if one.is_alarm}


def _are_answered(kinds: set[bool], factors: dict[bool, float | None]) -> bool:
    return all(factors[kind] is not None for kind in kinds)


def _weight(one: Drawn, factors: dict[bool, float | None]) -> float:
    return (factors[one.is_requested] or 0.0) / one.probability


def _ratio(name: str, cells: Iterable[Sequence[tuple[float, bool]]]) -> dict[str, Any]:
    """A weighted fraction with its interval, of weights and whether each is a hit; None of nothing."""
    totals = [(sum(weight for weight, _ in cell), sum(weight for weight, is_hit in cell if is_hit)) for cell in cells]
    whole, squares = sum(total for total, _ in totals), sum(total * total for total, _ in totals)
    columns = (f"sampled_{name}", f"sampled_{name}_low", f"sampled_{name}_high")
    if not whole:
        return dict.fromkeys(columns)
    rate, effective = sum(hits for _, hits in totals) / whole, whole * whole / squares
    return dict(zip(columns, (rate, *wilson_interval(rate * effective, effective)), strict=True))
