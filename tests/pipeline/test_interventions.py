"""Interventions from landing files to labels: a record that comes late changes exactly its rows."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.tables.gold_savings import BUNDLES
from jobs.diagnosis.maintenance import maintenance
from jobs.edge.scoring import score_new
from lakehouse.publish.rows import arrow_rows
from tests.support.frames import filled
from tests.support.past_the_gate import put_rows
from tests.support.plane import Plane
from tests.support.small_plant import LINES_BY_FACTORY, event_mapping, lines, write_small_plant

_WORK = event_mapping("maintenance")
_FAILURES = "complete_through = 2026-03-09T00:00:00Z\n" + _WORK.replace("maintenance", "failures")
_PROFILE = '\n[feeds.maintenance]\ncondition_based = { code = ["corrective"] }\n'
_HEADER = "at,machine,code\n"


def _labels(plane: Plane) -> dict[datetime, Any]:
    return {
        row["scored_at"]: row["censored_within_24h"] or row["failure_within_24h"]
        for row in plane.rows("gold.failure_labels")
    }


def test_a_record_that_comes_late_changes_exactly_its_rows(tmp_path: Path) -> None:
    plant = write_small_plant(tmp_path, _PROFILE, lines=LINES_BY_FACTORY, failures=_FAILURES, maintenance=_WORK)
    plane = Plane(tmp_path, "none", str(plant))
    plane.land("lines/a.jsonl", lines("2026-03-01T00:00:00Z", 6 * 144, factory="A"))
    plane.land("failures/all.csv", f"{_HEADER}2026-02-20T12:00:00Z,M1,seal\n")
    plane.land("maintenance/1.csv", f"{_HEADER}2026-03-02T12:00:00Z,M1,oil\n")
    plane.run()
    before = _labels(plane)
    assert plane.rows("gold.interventions") == []
    assert set(before.values()) == {0, None}

    plane.land("maintenance/2.csv", f"{_HEADER}2026-03-04T12:00:00Z,M1,corrective\n")
    plane.run()

    changed = {time for time, label in _labels(plane).items() if label != before[time]}
    assert changed == {
        time for time in before if datetime(2026, 3, 3, 12, tzinfo=UTC) <= time < datetime(2026, 3, 4, 12, tzinfo=UTC)
    }
    assert len(changed) == 24
    assert {_labels(plane)[time] for time in changed} == {"condition_based"}
    assert [(row["occurred_at"], row["reason"]) for row in plane.rows("gold.interventions")] == [
        (datetime(2026, 3, 4, 12, tzinfo=UTC), "condition_based")
    ]
    assert plane.gold().lines == ("gold: nothing new in silver",)


def test_another_meaning_of_the_texts_is_another_label(tmp_path: Path) -> None:
    plant = write_small_plant(tmp_path, "", lines=LINES_BY_FACTORY, failures=_FAILURES, maintenance=_WORK)
    plane = Plane(tmp_path, "none", str(plant))
    plane.land("lines/a.jsonl", lines("2026-03-01T00:00:00Z", 6 * 144, factory="A"))
    plane.land("failures/all.csv", f"{_HEADER}2026-02-20T12:00:00Z,M1,seal\n")
    plane.land("maintenance/1.csv", f"{_HEADER}2026-03-02T12:00:00Z,M1,corrective\n")
    plane.run()
    assert "condition_based" not in _labels(plane).values()
    (asked,) = maintenance(plane.settings)
    assert asked.found.startswith("nothing says which of 1 maintenance records")
    assert asked.remedy.endswith("on record: code 'corrective' (1)")

    write_small_plant(tmp_path, _PROFILE, lines=LINES_BY_FACTORY, failures=_FAILURES, maintenance=_WORK)
    plane.run()

    assert list(_labels(plane).values()).count("condition_based") == 24
    assert not list(maintenance(plane.settings))


def _edge_scores(made: datetime | None) -> bytes:
    """Hourly scores of a gateway on 4 March from 6 to 14 o'clock, an alarm from 8 to 11; made at once, or then."""
    lines = []
    for hour in range(6, 15):
        at = datetime(2026, 3, 4, hour, tzinfo=UTC)
        decision = "watch" if 8 <= hour <= 11 else "none"
        lines.append({"machine_id": "M1", "factory_id": "A", "gateway_id": "g1", "sequence": hour,
                      "scored_at": at.isoformat(), "bundle": "small@1+1", "feature_digest": "0" * 16,
                      "decision": decision, "is_warming_up": False,
                      "made_us": int((made or at + timedelta(seconds=1)).timestamp()) * 1_000_000})  # fmt: skip
    return gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())


@pytest.mark.parametrize(
    ("made", "is_one"),
    [(None, True), (datetime(2026, 3, 20, tzinfo=UTC), False)],
    ids=["as it happened", "a replay, made after the work"],
)
def test_work_that_follows_a_gateways_alarm_is_an_intervention(
    tmp_path: Path, made: datetime | None, is_one: bool
) -> None:
    """Oil is changed at noon, in the alarm; nothing declares that. The scores reach the lake after it."""
    answers = _WORK.replace("maintenance", "answers").replace('code = "code"', 'answer = "code"')
    plant = write_small_plant(
        tmp_path, "", lines=LINES_BY_FACTORY, failures=_FAILURES, maintenance=_WORK, answers=answers
    )
    plane = Plane(tmp_path, "none", str(plant))
    plane.land("lines/a.jsonl", lines("2026-03-01T00:00:00Z", 6 * 144, factory="A"))
    plane.land("failures/all.csv", f"{_HEADER}2026-02-20T12:00:00Z,M1,seal\n")
    plane.land("maintenance/1.csv", f"{_HEADER}2026-03-04T12:00:00Z,M1,oil\n2026-03-02T12:00:00Z,M1,oil\n")
    plane.run()
    assert "standing_alarm" not in _labels(plane).values()

    bundle = filled(BUNDLES, {"bundle": "small@1+1", "build": 1, "model_version": "v1"})
    put_rows(plane.plant.lake, BUNDLES, arrow_rows([bundle], BUNDLES))
    plane.land("uplink/g1/edge_scores-1.jsonl.gz", _edge_scores(made))
    plane.ingest()
    score_new(plane.settings, plane.as_of)
    plane.run()

    censored = {time for time, label in _labels(plane).items() if label == "standing_alarm"}
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert censored == ({noon - timedelta(hours=hour) for hour in range(1, 25)} if is_one else set())
    assert plane.gold().lines == ("gold: nothing new in silver",)

    before = _labels(plane)
    plane.land("answers/1.csv", f"{_HEADER}2026-03-04T12:00:00Z,M1,refuted\n2026-03-04T10:30:00Z,M1,acknowledged\n")
    plane.run()

    assert [(row["occurred_at"], row["finding"]) for row in plane.rows("gold.interventions")] == [
        (noon, "refuted") for _ in range(is_one)
    ]
    assert _labels(plane) == before  # the work and the answer of one moment count once
