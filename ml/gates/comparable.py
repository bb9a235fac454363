"""Whether a candidate may be compared with the champion at all; where it may not, the answer and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from expectations.durations import seconds
from ml.gates.failure_gate import Check, GateReport, Verdict, report, worded
from ml.models.champion import Champion, Names


@dataclass(frozen=True, slots=True)
class Offer:
    """What a candidate brings.

    Attributes:
        kinds: Kinds of model it has: ``failure``, ``anomaly``.
        horizon: Horizon it was trained and evaluated at.
        features: Columns that the data have now.
    """

    kinds: Names
    horizon: str
    features: Names


def refusal(champion: Champion, offer: Offer, approved_by: str | None) -> GateReport | None:
    """The answer where one cannot replace the other; None where they can be compared.

    There is one champion, so whoever follows it must do all that it does: predict at the same horizon, and hold each
    kind of model that it holds. A champion without a failure model predicts nothing yet; a first failure model may
    have any horizon.

    Args:
        champion: The version in force.
        offer: What would replace it.
        approved_by: Person who asks for the small plant's gate: no approval makes the two comparable.
    """
    checks = [_features_check(champion, offer), _kinds_check(champion, offer), _horizon_check(champion, offer)]
    if all(check.verdict is Verdict.PASS for check in checks):
        return None
    return report("comparison", checks, provisional=False, approved_by=approved_by)


def _features_check(champion: Champion, offer: Offer) -> Check:
    """INSUFFICIENT_DATA where the data lack a feature that the champion was trained on: it cannot score their rows."""
    missing = [name for name in champion.features if name not in offer.features]
    if not missing:
        return worded("champion_features", Verdict.PASS, "the data hold every feature of the champion")
    return worded(
        "champion_features",
        Verdict.INSUFFICIENT_DATA,
        f"champion {champion.version} was trained on {_listed(missing)}, which the data no longer hold, so it cannot "
        "be evaluated on their rows: declare them in the plant's profile again, and build gold",
    )


def _kinds_check(champion: Champion, offer: Offer) -> Check:
    lost = [kind for kind in champion.kinds if kind not in offer.kinds]
    if not lost:
        return worded("kinds_of_model", Verdict.PASS, "every kind of model that the champion has is there")
    return worded(
        "kinds_of_model",
        Verdict.FAIL,
        f"champion {champion.version} has {_models(champion.kinds)}, this version {_models(offer.kinds)} only: the "
        f"plant would lose its {' and '.join(lost)} model; the readiness report says what the data lack",
    )


def _horizon_check(champion: Champion, offer: Offer) -> Check:
    is_predicting = champion.failure is not None or "failure" not in offer.kinds
    if not is_predicting or seconds(champion.horizon) == seconds(offer.horizon):
        return worded("horizon", Verdict.PASS, "the horizon is the champion's")
    return worded(
        "horizon",
        Verdict.FAIL,
        f"champion {champion.version} was trained and evaluated at {champion.horizon}, this version at "
        f"{offer.horizon}: caught failures and false alarms of two horizons cannot be compared; train with "
        f"--horizon {champion.horizon}",
    )


def _models(kinds: Names) -> str:
    return " and ".join(f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} model" for kind in kinds)


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
