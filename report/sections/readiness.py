"""Whether the plant's records suffice for each of the two models, in the plant's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from expectations.model_folder.documents import Check
from report.formats import count, duration, number
from report.queries.model import ModelFacts

MONTH = timedelta(days=365.25 / 12)
HOUR = timedelta(hours=1)

FAILURE, ANOMALY = "failure", "anomaly"


@dataclass(frozen=True, slots=True)
class Question:
    """One figure of the readiness table as people ask for it.

    Attributes:
        model: `FAILURE` or `ANOMALY`.
        words: What is counted or measured.
        otherwise: What follows where it falls short.
        unit: Length of time that the figure counts; None where it counts things.
    """

    model: str
    words: str
    otherwise: str
    unit: timedelta | None = None


UNTESTED = (
    "A model may then never be tested on that machine. Find out why it sent nothing, or why its failures are unknown."
)

QUESTIONS = {
    "failures_to_learn_from_and_test_on": Question(
        FAILURE, "failures to learn from and to be tested on", "No model that predicts failures can be trained yet."
    ),
    "failures_to_compare_models_by": Question(
        FAILURE,
        "failures to compare two models by",
        "A model is provisional until there are as many; its figures have wide intervals.",
    ),
    "months": Question(
        FAILURE, "time on record", "No later time is left to test a model on.", unit=MONTH
    ),
    "longest_hours_without_a_row": Question(
        FAILURE, "longest time that a machine sent nothing", UNTESTED, unit=HOUR
    ),
    "longest_hours_without_a_label": Question(
        FAILURE, "longest time of a machine for which it is unknown whether a failure followed", UNTESTED, unit=HOUR
    ),
    "healthy_rows": Question(
        ANOMALY, "rows of healthy machines, to learn normal behaviour", "Normal behaviour cannot be learnt yet."
    ),
    "healthy_rows_to_choose_a_threshold_by": Question(
        ANOMALY,
        "later ones of these, to choose the alarm threshold",
        "The rate of false alarms is not known yet.",
    ),
}  # fmt: skip
"""By the names of `ml.gates.readiness`; a figure that is not here is shown by its own name."""

WORDS = {
    ">=": {"PASS": "enough", "WARN": "fewer than wanted", "INSUFFICIENT_DATA": "too few"},
    "<=": {"PASS": "short enough", "WARN": "longer than wanted", "INSUFFICIENT_DATA": "too long"},
}
CARRIES = {
    "PASS": "enough data",
    "WARN": "enough for a provisional model",
    "INSUFFICIENT_DATA": "too little data",
}


@dataclass(frozen=True, slots=True)
class ReadinessLine:
    """One figure; `otherwise` is empty where it suffices."""

    words: str
    otherwise: str
    found: str
    asked: str
    answer: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ModelReadiness:
    """What the records can carry of one model: the answer, why, and the figures that it rests on."""

    name: str
    answer: str
    verdict: str
    reason: str
    lines: tuple[ReadinessLine, ...]


def readiness_of(model: ModelFacts) -> tuple[ModelReadiness, ...]:
    """The failure model's readiness and the anomaly model's; empty where the version's folder does not say."""
    found = model.readiness
    if found is None or not found.table:
        return ()
    within = f" within {model.asked_horizon}" if model.asked_horizon else ""
    failure, anomaly = found.reasons
    return (
        _group(f"To predict failures{within}", found.failure_model, failure, _of(FAILURE, found.table)),
        _group("To find anomalies", found.anomaly_model, anomaly, _of(ANOMALY, found.table)),
    )


def _group(name: str, verdict: str, reason: str, checks: Iterable[Check]) -> ModelReadiness:
    return ModelReadiness(name, CARRIES[verdict], verdict, reason, tuple(_line(check) for check in checks))


def _of(model: str, checks: Iterable[Check]) -> list[Check]:
    return [check for check in checks if _question(check).model == model]


def _question(check: Check) -> Question:
    return QUESTIONS.get(check.name) or Question(FAILURE, check.name.replace("_", " "), "")


def _line(check: Check) -> ReadinessLine:
    question = _question(check)
    least = "at least" if check.relation == ">=" else "at most"
    return ReadinessLine(
        words=question.words,
        otherwise="" if check.verdict == "PASS" else question.otherwise,
        found=_figure(check.value, question.unit),
        asked=f"{least} {_figure(check.limit, question.unit)}",
        answer=WORDS[check.relation][check.verdict],
        verdict=check.verdict,
    )


def _figure(value: float | None, unit: timedelta | None) -> str:
    if value is None:
        return number(None)
    return count(value) if unit is None else duration(value * unit)
