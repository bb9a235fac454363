from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge_bundle.format import canonical_json, pipeline_bytes
from edge_bundle.format.errors import ManifestError
from edge_bundle.format.pipeline import FeatureRule, Pipeline
from tests.edge_bundle.gateway.plants import azure_pipeline, small_pipeline


@pytest.mark.parametrize("made", [small_pipeline, azure_pipeline])
def test_a_pipeline_survives_its_own_bytes(made: Any) -> None:
    document = canonical_json.loads(canonical_json.dumps(made().to_document()))

    assert pipeline_bytes.parse(document) == made()


def broken(**changes: Any) -> Any:
    return replace(small_pipeline(), **changes).to_document()


SINCE = "since_maintenance_h"


def broken_pipeline(*features: FeatureRule) -> Pipeline:
    return pipeline_bytes.parse(broken(features=features))


def with_first_feature(**changes: Any) -> Any:
    features = small_pipeline().features
    return broken(features=(replace(features[0], **changes), *features[1:]))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "legal is an object"),
        ({**small_pipeline().to_document(), "extra": 1}, "unknown key 'extra'"),
        ({key: value for key, value in small_pipeline().to_document().items() if key != "plant"}, "plant is missing"),
        ({**small_pipeline().to_document(), "bucket_s": "60"}, "legal is int"),
        ({**small_pipeline().to_document(), "bucket_s": True}, "legal is int"),
        (broken(bucket_s=70), "must divide"),
        (broken(bucket_s=0), "must divide"),
        (broken(ahead_s=-1), "ahead_s"),
        (with_first_feature(metric="humidity"), "unknown metric 'humidity'"),
        (with_first_feature(statistic="median"), "legal: mean"),
        (with_first_feature(window_s=301), "no whole number of buckets"),
        (with_first_feature(min_buckets=0), "min_buckets"),
        (with_first_feature(kind="wish"), "legal: window"),
        (with_first_feature(kind="event_count", event_kind="party"), "legal: maintenance"),
        (with_first_feature(kind="level"), "names no attribute"),
        (with_first_feature(delay_s=60), "legal: of events alone"),
        (with_first_feature(delay_s=-1), "delay_s -1"),
        (with_first_feature(delay_s=401 * 86_400), "legal: 34560000"),
        (broken(sources=(replace(small_pipeline().sources[0], format="parquet"),)), "legal: jsonl, json, csv, influx"),
        (broken(sources=(replace(small_pipeline().sources[0], time=None),)), "no rule for its time"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_a_document_that_contradicts_itself_is_refused_with_its_place(document: Any, words: str) -> None:
    with pytest.raises(ManifestError, match=words):
        pipeline_bytes.parse(document)


def test_the_longest_window_is_at_least_one_grid_step() -> None:
    assert small_pipeline().longest_window_s == 900
    assert isinstance(pipeline_bytes.parse(broken(features=())), Pipeline)
    assert pipeline_bytes.parse(broken(features=())).longest_window_s == 300


def test_the_longest_event_window_is_that_of_a_count() -> None:
    assert small_pipeline().longest_event_window_s == 600
    assert pipeline_bytes.parse(broken(features=())).longest_event_window_s == 0


def test_events_are_needed_for_as_long_as_their_windows_and_their_delay() -> None:
    count, since = (rule for rule in small_pipeline().features if rule.name in {"failure_10min_count", SINCE})

    assert broken_pipeline(replace(count, delay_s=60)).longest_event_window_s == 660
    assert broken_pipeline(replace(since, delay_s=60)).longest_event_window_s == 60


def test_a_bundle_without_delays_is_written_and_read_as_before() -> None:
    texts = canonical_json.dumps(small_pipeline().to_document()).decode()

    assert "delay_s" not in texts
    assert {rule.delay_s for rule in pipeline_bytes.loads(texts.encode()).features} == {0}
