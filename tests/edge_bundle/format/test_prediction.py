from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_bundle.format.errors import ManifestError
from edge_bundle.format.manifest import GoldenEntry, Manifest, Threshold
from edge_bundle.format.manifest_check import check_draft
from edge_bundle.format.prediction import Predictor
from tests.support.edge_models import OUTLOOK_BINS, small_draft

DRAFT, _ = small_draft()
FAILURE, ANOMALY = DRAFT.models
SCORES = {"failure_24h": 0.5, "anomaly": 7.25}


def test_one_vectors_scores_become_the_columns_of_predictions() -> None:
    probability = DRAFT.calibrations[0].probability(0.5)

    assert Predictor(DRAFT).predict(SCORES).columns() == {
        "margin": 0.5, "path_length": 7.25, "decision": "watch", "probability": probability, "horizon": "24h",
        "failure_expected_h": 12.0, "failure_earliest_h": 1.0, "failure_latest_h": 96.0, "confidence_frac": 0.6,
        "probability_low": None, "probability_high": None, "model_scores": None, "not_scored_reason": None,
    }  # fmt: skip


def test_interval_of_the_probability_counts_the_episodes_of_its_bin() -> None:
    table = DRAFT.outlooks[0]
    counted = replace(table, bins=tuple(replace(one, episodes=7) for one in table.bins))
    six_of_seven = replace(DRAFT.calibrations[0], slope=0.0, intercept=math.log(6))

    found = Predictor(replace(DRAFT, outlooks=(counted,), calibrations=(six_of_seven,))).predict(SCORES).columns()

    assert found["probability"] == pytest.approx(6 / 7)
    # Wilson 1927, 6 of 7.
    assert (found["probability_low"], found["probability_high"]) == pytest.approx((0.4869, 0.9743), abs=1e-4)


def test_interval_of_no_episode_is_everything() -> None:
    assert replace(OUTLOOK_BINS[0], episodes=0).interval(0.25) == (0.0, 1.0)
    assert OUTLOOK_BINS[0].interval(0.25) == (None, None)
    assert replace(OUTLOOK_BINS[0], episodes=5).interval(None) == (None, None)


@given(st.floats(0, 1), st.integers(0, 2**31 - 1))
def test_interval_holds_its_probability(probability: float, episodes: int) -> None:
    low, high = replace(OUTLOOK_BINS[0], episodes=episodes).interval(probability)

    assert low is not None
    assert high is not None
    assert 0 <= low <= probability + 1e-12
    assert probability - 1e-12 <= high <= 1


def test_a_model_that_does_not_score_leaves_its_columns_null_and_says_why() -> None:
    limited = replace(DRAFT, thresholds=(*DRAFT.thresholds, Threshold("anomaly", "anomaly", 8.0)))

    found = Predictor(limited).predict({"failure_24h": -3.0})

    assert (found.columns()["path_length"], found.columns()["margin"]) == (None, -3.0)
    assert (found.columns()["not_scored_reason"], found.unscored, found.decision) == (
        "windows_missing", ("anomaly",), 0,
    )  # fmt: skip
    assert found.models[1].entry() == {"model": "anomaly", "decision": "none"}


def test_what_lies_beyond_the_records_is_null_and_the_confidence_is_told() -> None:
    found = Predictor(DRAFT).predict({**SCORES, "failure_24h": -3.0})

    assert found.models[0].outlook == OUTLOOK_BINS[0]
    assert (found.columns()["failure_expected_h"], found.columns()["confidence_frac"]) == (None, 0.95)


def test_a_bundle_without_a_table_says_all_but_the_time_that_is_left() -> None:
    found = Predictor(replace(DRAFT, outlooks=())).predict(SCORES).columns()

    named = ("failure_expected_h", "failure_earliest_h", "failure_latest_h", "confidence_frac")
    assert [found[name] for name in named] == [None] * 4
    assert (found["margin"], found["horizon"], found["decision"]) == (0.5, "24h", "watch")


def test_an_anomaly_model_alone_speaks_of_no_failure() -> None:
    alone = replace(
        DRAFT, models=(ANOMALY,), thresholds=(Threshold("anomaly", "anomaly", 8.0),), calibrations=(), outlooks=()
    )

    found = Predictor(alone).predict({"anomaly": 7.25})

    assert (found.columns()["path_length"], found.columns()["margin"], found.decision) == (7.25, None, 1)
    assert set(found.prospect().values()) == {None}


SEVERAL = replace(
    DRAFT,
    models=(*DRAFT.models, replace(FAILURE, name="failure_7d", horizon_h=168)),
    thresholds=(*DRAFT.thresholds, Threshold("maintenance", "failure_7d", 1.5)),
    calibrations=(*DRAFT.calibrations, replace(DRAFT.calibrations[0], model="failure_7d", slope=0.5)),
    more_golden=(replace(DRAFT.golden, scores={"failure_7d": "golden/failure_7d.f32"}),),
    min_runtime="1.2.0",
)


def test_several_models_of_a_kind_are_listed_by_name_each_with_its_own_horizon_and_decision() -> None:
    found = Predictor(SEVERAL).predict({**SCORES, "failure_7d": 1.75})

    first, anomaly, second = json.loads(found.columns()["model_scores"])
    assert (first["model"], first["score"], first["horizon"], first["decision"]) == ("failure_24h", 0.5, "24h", "watch")
    assert anomaly == {"model": "anomaly", "score": 7.25, "decision": "none"}
    assert (second["model"], second["score"], second["horizon"]) == ("failure_7d", 1.75, "168h")
    assert (second["decision"], second["probability"]) == ("maintain", SEVERAL.calibrations[1].probability(1.75))


def test_the_columns_hold_the_first_of_a_kind_and_the_gravest_decision_of_all() -> None:
    alone = Predictor(DRAFT).predict(SCORES).columns()

    found = Predictor(SEVERAL).predict({**SCORES, "failure_7d": 1.75}).columns()

    assert {**found, "model_scores": None} == {**alone, "decision": "maintain"}


def test_an_alert_speaks_of_the_model_whose_threshold_was_reached() -> None:
    found = Predictor(SEVERAL).predict({**SCORES, "failure_7d": 1.75})

    assert found.deciding is not None
    assert (found.deciding.model, found.deciding.score) == ("failure_7d", 1.75)
    assert found.prospect()["horizon"] == "168h"


@pytest.mark.parametrize("score", [0.1, 1e-300, 123456789.123, float(2**-149), -0.0])
def test_a_listed_score_keeps_every_bit(score: float) -> None:
    (first, *_) = json.loads(
        Predictor(SEVERAL).predict({**SCORES, "failure_24h": score, "failure_7d": 0.0}).columns()["model_scores"]
    )

    assert first["score"].hex() == score.hex()


def test_several_models_of_a_kind_need_a_runtime_that_lists_scores() -> None:
    """An older one could not say whose a margin is."""
    check_draft(SEVERAL)
    for older in ("", "1.1.0"):
        with pytest.raises(ManifestError, match=r"several models of a kind need min_runtime 1\.2\.0 or newer"):
            check_draft(replace(SEVERAL, min_runtime=older))


@pytest.mark.parametrize(
    ("golden", "said"),
    [
        ((), "once for each model"),
        ((replace(DRAFT.golden, scores={"failure_24h": "golden/a", "failure_7d": "golden/b"}),), "once for each model"),
        ((replace(SEVERAL.more_golden[0], count=0),), "at least one golden row"),
    ],
    ids=["none for a model", "twice for a model", "no row"],
)
def test_every_model_has_golden_scores_once(golden: tuple[GoldenEntry, ...], said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        check_draft(replace(SEVERAL, more_golden=golden))


def test_a_bundle_has_at_most_eight_models() -> None:
    models = tuple(replace(FAILURE, name=f"m{n}") for n in range(9))
    golden = replace(DRAFT.golden, scores={one.name: f"golden/{one.name}" for one in models})

    with pytest.raises(ManifestError, match="9 models; legal are at most 8"):
        check_draft(
            replace(SEVERAL, models=models, golden=golden, more_golden=(), thresholds=(), calibrations=(), outlooks=())
        )


ORDERED = replace(SEVERAL, is_ordered=True, min_runtime="1.5.0")


def listed(manifest: Manifest, margin: float, week: float) -> dict[str, float]:
    text = Predictor(manifest).predict({**SCORES, "failure_24h": margin, "failure_7d": week}).columns()["model_scores"]
    return {one["model"]: one["probability"] for one in json.loads(text) if "probability" in one}


@pytest.mark.parametrize("margin", [-3.0, -0.5, 0.0, 0.5, 3.0])
@pytest.mark.parametrize("week", [-3.0, -0.5, 0.0, 0.5, 3.0])
def test_no_probability_is_below_that_of_a_shorter_horizon(margin: float, week: float) -> None:
    plain, found = listed(SEVERAL, margin, week), listed(ORDERED, margin, week)

    assert found["failure_24h"] == plain["failure_24h"]
    assert found["failure_7d"] == max(plain.values())


def test_the_model_that_leads_keeps_its_own_probability() -> None:
    """Its threshold was chosen by it: where the longer horizon leads, the shorter one is lowered."""
    turned = replace(ORDERED, models=ORDERED.models[::-1])
    own = listed(SEVERAL, 3.0, -3.0)

    assert own["failure_24h"] > own["failure_7d"]
    assert listed(ORDERED, 3.0, -3.0)["failure_7d"] == own["failure_24h"]
    assert listed(turned, 3.0, -3.0)["failure_24h"] == own["failure_7d"]
    assert listed(turned, 3.0, -3.0)["failure_7d"] == own["failure_7d"]


def test_a_row_that_a_model_leaves_out_raises_nothing() -> None:
    (week,) = (one for one in Predictor(ORDERED).predict({"failure_7d": -3.0}).models if one.model == "failure_7d")

    assert week.probability == listed(SEVERAL, -9, -3)["failure_7d"]


def test_an_older_runtime_may_not_take_ordered_probabilities_for_plain_ones() -> None:
    with pytest.raises(ManifestError, match=r"need min_runtime 1\.5\.0 or newer"):
        check_draft(replace(ORDERED, min_runtime="1.4.0"))
