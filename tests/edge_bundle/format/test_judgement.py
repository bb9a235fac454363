from __future__ import annotations

from dataclasses import replace

import pytest

from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.seal import seal
from edge_bundle.format.judgement import Judge
from edge_bundle.format.manifest import Threshold
from tests.support.edge_models import OUTLOOK_BINS, SIGNING_KEY, small_draft

DRAFT, MEMBERS = small_draft()
FAILURE, ANOMALY = DRAFT.models
SCORES = {"failure_24h": 0.5, "anomaly": 7.25}


def test_one_vectors_scores_become_the_columns_of_predictions() -> None:
    probability = DRAFT.calibrations[0].probability(0.5)

    assert Judge(DRAFT).judge(SCORES).columns() == {
        "margin": 0.5, "path_length": 7.25, "decision": "watch", "probability": probability, "horizon": "24h",
        "failure_expected_h": 12.0, "failure_earliest_h": 1.0, "failure_latest_h": 96.0, "confidence_frac": 0.6,
    }  # fmt: skip


def test_what_lies_beyond_the_records_is_null_and_the_confidence_is_told() -> None:
    found = Judge(DRAFT).judge({**SCORES, "failure_24h": -3.0})

    assert found.outlook == OUTLOOK_BINS[0]
    assert (found.columns()["failure_expected_h"], found.columns()["confidence_frac"]) == (None, 0.95)


def test_a_bundle_without_a_table_says_all_but_the_time_that_is_left() -> None:
    found = Judge(replace(DRAFT, outlooks=())).judge(SCORES).columns()

    named = ("failure_expected_h", "failure_earliest_h", "failure_latest_h", "confidence_frac")
    assert [found[name] for name in named] == [None] * 4
    assert (found["margin"], found["horizon"], found["decision"]) == (0.5, "24h", "watch")


def test_an_anomaly_model_alone_speaks_of_no_failure() -> None:
    alone = replace(
        DRAFT, models=(ANOMALY,), thresholds=(Threshold("anomaly", "anomaly", 8.0),), calibrations=(), outlooks=()
    )

    found = Judge(alone).judge({"anomaly": 7.25})

    assert (found.path_length, found.decision) == (7.25, 1)
    assert set(found.prospect().values()) == {None}


def test_two_models_of_one_kind_are_not_sealed() -> None:
    """Batch and gateway would each have to guess whose margin a score carries."""
    other = replace(FAILURE, name="failure_7d", horizon_h=168)
    golden = replace(DRAFT.golden, scores={**DRAFT.golden.scores, "failure_7d": "golden/failure_7d.f32"})

    with pytest.raises(SealError, match="model kind is in the manifest twice"):
        seal(replace(DRAFT, models=(*DRAFT.models, other), golden=golden), MEMBERS, SIGNING_KEY)
