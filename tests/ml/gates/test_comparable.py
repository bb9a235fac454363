"""Who may be compared: same horizon, no kind of model lost, every feature still there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_bundle.compiler.model_folder import read_model_folder
from ml.gates.comparable import Offer, refusal
from ml.gates.failure_gate import Verdict
from ml.models.champion import Champion
from ml.training.artifact import artifact_files
from ml.training.stored_champion import load_champion
from tests.support.plant_frames import FEATURES, plant_model

BOTH = ("failure", "anomaly")
FAILURE, ANOMALY = BOTH[:1], BOTH[1:]
SAME = Offer(BOTH, "24h", FEATURES.names)


@pytest.fixture
def old(request: pytest.FixtureRequest) -> Champion:
    """A champion of these kinds of models; trained when the first test runs, not while tests are collected."""
    whole = load_champion("v1", read_model_folder(artifact_files(plant_model())))
    assert whole.kinds == BOTH
    return replace(whole, models=tuple(model for model in whole.models if model.kind in request.param))


@pytest.mark.parametrize(
    ("old", "offer"),
    [
        (BOTH, SAME),
        (BOTH, replace(SAME, horizon="1d")),
        (BOTH, replace(SAME, features=("new", *FEATURES.names))),
        (ANOMALY, replace(SAME, kinds=("anomaly",))),
        (ANOMALY, SAME),
        (ANOMALY, replace(SAME, horizon="7d")),
        (FAILURE, SAME),
    ],
    ids=[
        "the same",
        "the horizon in another unit",
        "one more feature",
        "forest after forest",
        "a failure model more",
        "a first failure model at any horizon",
        "a forest more",
    ],
    indirect=["old"],
)
def test_those_that_can_be_compared_are_not_refused(old: Champion, offer: Offer) -> None:
    assert refusal(old, offer, None) is None


@pytest.mark.parametrize(
    ("old", "offer", "verdict", "said"),
    [
        (BOTH, replace(SAME, horizon="7d"), Verdict.FAIL, "train with --horizon 24h"),
        (ANOMALY, Offer(("anomaly",), "7d", FEATURES.names), Verdict.FAIL, "train with --horizon 24h"),
        (BOTH, replace(SAME, kinds=("anomaly",)), Verdict.FAIL, "would lose its failure model"),
        (BOTH, replace(SAME, kinds=("failure",)), Verdict.FAIL, "would lose its anomaly model"),
        (
            BOTH,
            replace(SAME, features=FEATURES.names[1:]),
            Verdict.INSUFFICIENT_DATA,
            "trained on heat_mean_6h, which the data no longer hold",
        ),
    ],
    ids=["another horizon", "another horizon of a forest", "no failure model", "no forest", "a feature less"],
    indirect=["old"],
)
def test_those_that_cannot_are_refused_with_the_reason(
    old: Champion, offer: Offer, verdict: Verdict, said: str
) -> None:
    found = refusal(old, offer, "A. Smith")

    assert found is not None
    assert (found.verdict, found.is_promoted, found.approved_by) == (verdict, False, "A. Smith")
    (reason,) = found.reasons
    assert said in reason
