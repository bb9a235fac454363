"""Whether drift, or a week that was worse, is a reason to train again before the month is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class RetrainRule:
    """Numbers of the policy.

    Attributes:
        least_features: Features and scores of the fleet that have to drift.
        cooldown: Time after a training in which drift starts no other.
    """

    least_features: int
    cooldown: timedelta


@dataclass(frozen=True, slots=True)
class RetrainAnswer:
    """Whether to train now, and why or why not, as a sentence without its end."""

    is_due: bool
    reason: str


def retrain_answer(
    drifting: Sequence[str],
    until: date | None,
    trained_at: datetime | None,
    rule: RetrainRule,
    worse: Sequence[str] = (),
) -> RetrainAnswer:
    """Whether drift, or what got worse, starts a training.

    The cool-down is counted from the training to the end of the window: until it is over, windows hold days that the
    model has not learnt from, and another training would learn little more.

    >>> rule = RetrainRule(2, timedelta(days=14))
    >>> retrain_answer(["heat", "noise"], date(2026, 3, 15), datetime(2026, 2, 1, tzinfo=UTC), rule).reason
    'drift until 2026-03-15 of heat, noise'
    >>> retrain_answer(["heat"], date(2026, 3, 15), datetime(2026, 2, 1, tzinfo=UTC), rule).reason
    '1 of the 2 features that start a training drift'

    Args:
        drifting: Features and scores of the fleet whose newest verdict is `DRIFT`.
        until: Last date of their window, or of the week that was worse; None where nothing was compared.
        trained_at: When the newest version was trained; None where there is none.
        rule: Numbers of the policy.
        worse: What the champion did worse than before, of `ml.drift.worse`.
    """
    if until is None or not (drifting or worse):
        return RetrainAnswer(False, "nothing drifts")
    is_enough = len(drifting) >= rule.least_features
    if not is_enough and not worse:
        return RetrainAnswer(
            False, f"{len(drifting)} of the {rule.least_features} features that start a training drift"
        )
    if trained_at is None:
        return RetrainAnswer(False, "there is no model that could have aged")
    end = datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)
    if end - trained_at < rule.cooldown:
        return RetrainAnswer(
            False, f"the last training, {trained_at:%Y-%m-%d}, is less than {rule.cooldown.days} days before {until}"
        )
    drift = (f"drift until {until} of {_named(drifting)}",) if is_enough else ()
    return RetrainAnswer(True, "; ".join((*drift, *worse)))


def _named(drifting: Sequence[str], most: int = 5) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(drifting) - most} more" if len(drifting) > most else ""
    return ", ".join(drifting[:most]) + more
