"""What the first stages of alarms would have done on held-out rows: on the failures of the chosen threshold."""

from __future__ import annotations

from dataclasses import dataclass

from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.held_out import Evaluation
from ml.evaluation.outcome import EventOutcome
from ml.policy import Policy


@dataclass(frozen=True, slots=True)
class Stage:
    """Alarms of one stage; `least_probability` None where each block's own threshold decided."""

    name: str
    least_probability: float | None
    outcome: EventOutcome


def held_out_stages(evaluation: Evaluation, policy: Policy) -> tuple[Stage, ...]:
    """The stages that a probability alone decides, by the calibration that each block came with.

    The third, confirmed, needs what readings and gateways saw: `gold.alarm_stages` has it, of scores that were made.
    """
    evaluator = EpisodeEvaluator(evaluation.held_out.rows, policy)
    stages = (("sensitive", policy.sensitive_probability), ("specific", policy.specific_probability))
    return (
        Stage("requested", None, evaluation.outcome),
        *(Stage(name, least, evaluator.evaluate(evaluation.probabilities >= least)) for name, least in stages),
    )
