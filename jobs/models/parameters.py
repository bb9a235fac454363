"""Parameters of both models that a person turns by name, each within what its algorithm takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from lakehouse.errors import UsageError
from ml.models.booster_alternatives import MOST_ALTERNATIVES
from ml.models.failure_model import FailureParams
from ml.policy import Policy
from ml.training.train import TrainingParams


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the greatest legal value; `is_whole` where it counts something."""

    least: float
    most: float
    is_whole: bool = False

    def __str__(self) -> str:
        return f"{'a whole number' if self.is_whole else 'a number'} from {self.least:g} to {self.most:g}"


LIMITS: Mapping[str, Limits] = {
    "failure.max_depth": Limits(1, 12, is_whole=True),
    "failure.eta": Limits(0.001, 1),
    "failure.gamma": Limits(0, 1000),
    "failure.min_child_weight": Limits(0, 100_000),
    "failure.subsample": Limits(0.01, 1),
    "failure.colsample_bytree": Limits(0.01, 1),
    "failure.patience": Limits(0, 1000, is_whole=True),
    "failure.alternatives": Limits(0, MOST_ALTERNATIVES, is_whole=True),
    "anomaly.trees": Limits(1, 1000, is_whole=True),
    "anomaly.max_samples": Limits(2, 65_536, is_whole=True),
}
"""Source: the ranges of XGBoost's documentation and of Liu, Ting & Zhou, ICDM 2008, without values that learn nothing;
twelve levels hold 4,096 leaves a tree, and 500 such trees no longer fit a bundle."""


def starting_params(policy: Policy) -> TrainingParams:
    """The parameters from which a plant's trainings start, as its policy states them.

    >>> starting_params(Policy()) == TrainingParams()
    True
    """
    failure = FailureParams(
        rounds=policy.booster_rounds, max_depth=policy.booster_max_depth, eta=policy.booster_eta,
        gamma=policy.booster_gamma, min_child_weight=policy.booster_min_child_weight,
        subsample=policy.booster_subsample, colsample_bytree=policy.booster_colsample_bytree,
        alternatives=policy.booster_alternatives,
    )  # fmt: skip
    return TrainingParams(failure)


def with_changes(params: TrainingParams, changes: Sequence[str]) -> TrainingParams:
    """The parameters, changed by `MODEL.PARAMETER=VALUE`, or several with commas between; the last of a name counts.

    Whoever states a parameter of the failure model gets a model of it: no alternatives are tried unless asked for too.

    Raises:
        UsageError: A name is unknown, or a value is not legal.
    """
    named = set[str]()
    for change in (part.strip() for given in changes for part in given.split(",") if part.strip()):
        name, _, text = change.partition("=")
        named.add(name.strip())
        model, _, parameter = name.strip().partition(".")
        turned: dict[str, Any] = {parameter: _value(name.strip(), text.strip(), change)}
        if model == "failure":
            params = replace(params, failure=replace(params.failure, **turned))
        else:
            params = replace(params, anomaly=replace(params.anomaly, **turned))
    if ASKED not in named and any(name.startswith("failure.") for name in named):
        params = replace(params, failure=replace(params.failure, alternatives=0))
    return params


def states_alternatives(changes: Sequence[str]) -> bool:
    """Whether the number of alternatives is among the changes."""
    return any(part.partition("=")[0].strip() == ASKED for given in changes for part in given.split(","))


def _value(name: str, text: str, change: str) -> float:
    limits = LIMITS.get(name)
    if limits is None:
        raise UsageError(f"--set {change}: unknown parameter {name!r}; legal: {', '.join(LIMITS)}, as in {_EXAMPLE}")
    try:
        value = int(text) if limits.is_whole else float(text)
    except ValueError:
        raise UsageError(f"--set {change}: got {text!r}; legal: {limits}") from None
    if not isfinite(value) or not limits.least <= value <= limits.most:
        raise UsageError(f"--set {change}: got {text}; legal: {limits}")
    return value


ASKED = "failure.alternatives"
_EXAMPLE = "failure.eta=0.05"
