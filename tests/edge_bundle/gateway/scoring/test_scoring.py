from __future__ import annotations

from typing import Any

import pytest

from expectations.feeds import OUTLOOK, PROBABILITY
from tests.edge_bundle.gateway.plant_files import reading_records, uplink_records, write_readings
from tests.edge_bundle.gateway.runs import replay
from tests.support.edge_models import OUTLOOK_BINS

SAID = (PROBABILITY.name, *(column.name for column in OUTLOOK))
Record = dict[str, Any]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    folder = tmp_path_factory.mktemp("scoring")
    replay(folder / "g", [write_readings(folder / "readings.jsonl", reading_records())])
    return list(uplink_records(folder / "g" / "uplink"))


def test_every_score_carries_the_constants_of_its_margins_bin(records: list[Record]) -> None:
    scores = [record for record in records if record["feed"] == "edge_scores"]
    names = ("failure_expected_h", "failure_earliest_h", "failure_latest_h", "confidence_frac")

    seen = {tuple(score.get(name) for name in names) for score in scores}

    assert {score["horizon"] for score in scores} == {"24h"}
    assert len(seen) > 1
    assert seen <= {(b.expected_h, b.earliest_h, b.latest_h, b.confidence_frac) for b in OUTLOOK_BINS}


def test_a_models_alert_carries_the_numbers_of_the_score_that_raised_it(records: list[Record]) -> None:
    by_time = {(r["machine_id"], r["scored_at"]): r for r in records if r["feed"] == "edge_scores"}
    alerts = [r for r in records if r["feed"] == "alerts" and "metric" not in r]

    assert {alert["code"] for alert in alerts} > {"ANOMALY"}
    for alert in alerts:
        score = by_time[alert["machine_id"], alert["raised_at"]]
        assert [alert.get(name) for name in SAID] == [score.get(name) for name in SAID]
        assert alert["value"] == score["path_length" if alert["code"] == "ANOMALY" else "margin"]
        assert f"probability of failure within 24h {score['probability']:.3f}" in alert["message"]
        assert f"confidence {score['confidence_frac']:.2f}" in alert["message"]


def test_a_readings_alert_speaks_of_no_failure(records: list[Record]) -> None:
    alerts = [r for r in records if r["feed"] == "alerts" and "metric" in r]

    assert alerts
    assert not any(set(SAID) & set(alert) for alert in alerts)
