"""The ablation: the same origins without any sensor, so that nobody credits sensors by habit."""

from __future__ import annotations

from dataclasses import dataclass

from expectations.plant.plant_profile import Costs
from ml.data.dataset import Dataset, FeatureList
from ml.evaluation.held_out import Evaluation, evaluate, held_out_margins
from ml.evaluation.outcome import EventOutcome
from ml.policy import Policy
from ml.training.listener import Notify, notify_nobody


@dataclass(frozen=True, slots=True)
class Ablation:
    """Outcomes on the same held-out rows, with and without the telemetry features.

    Attributes:
        telemetry_features: Number of features left out.
        other_features: Number of the other features.
        full: Outcome with all features.
        without: Outcome with events and attributes alone.
        full_average_precision: Row-level figure with all features.
        without_average_precision: The same without telemetry.
    """

    telemetry_features: int
    other_features: int
    full: EventOutcome
    without: EventOutcome
    full_average_precision: float | None
    without_average_precision: float | None

    def verdict(self, costs: Costs) -> str:
        """One sentence on what the sensors are worth here."""
        full, without = self.full.cost(costs), self.without.cost(costs)
        if full < without:
            return (
                f"Telemetry earns its place: ${full:,.0f} with it, ${without:,.0f} without, "
                "on the same held-out failures."
            )
        return (
            f"The model without telemetry does as well or better (${without:,.0f} against "
            f"${full:,.0f} on the same held-out failures): events and attributes carry it, and its "
            "figures prove nothing about the sensors."
        )


def ablate(
    dataset: Dataset,
    features: FeatureList,
    full: Evaluation,
    policy: Policy,
    *,
    notify: Notify = notify_nobody,
) -> Ablation | None:
    """Both outcomes on the origins of ``full``, by what each chose; None where all or no features are telemetry."""
    others = features.indices(telemetry=False)
    if not len(others) or len(others) == len(features.names):
        return None
    origins = tuple(choice.origin for choice in full.choices)
    offered = (booster.offered for booster in full.held_out.boosters)
    own = tuple(one.of_columns(others) for one in offered)
    without = evaluate(held_out_margins(dataset.columns(others), origins, own, policy, notify), origins, policy)
    return Ablation(
        telemetry_features=len(features.names) - len(others),
        other_features=len(others),
        full=full.outcome,
        without=without.outcome,
        full_average_precision=full.rows.average_precision,
        without_average_precision=without.rows.average_precision,
    )
