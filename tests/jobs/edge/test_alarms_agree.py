"""The alarms that an evaluation counts are the alerts that a gateway's replay sends, one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.score_alarm import score_alarms
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.manifest import Threshold
from edge_bundle.format.runtime import ALARM_TIMES
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.run.stop_signal import StopSignal
from edge_bundle.gateway.service import run
from jobs.edge.batch_scores import score_rows
from ml.data.dataset import Dataset
from ml.data.failure_events import NO_EVENTS
from ml.evaluation.alarms import alarms_of
from ml.evaluation.episodes import EpisodeEvaluator
from ml.policy import Policy
from tests.edge_bundle.gateway.plant_files import BEGIN_S, uplink_records, write_readings
from tests.edge_bundle.gateway.plants import US, sealed, small_pipeline
from tests.edge_bundle.gateway.runs import small_call
from tests.jobs.edge.vectors import vectors
from tests.support.edge_models import TRUSTED, kernel_folder

HOURS, TICK_S = 72, 240
POLICIES = (
    replace(Policy(), score_every_s=300),
    replace(Policy(), score_every_s=300, alarm_clear_s=3 * 3600, alarm_repeat_s=9 * 3600),
)
Sent = list[dict[str, Any]]


def readings() -> Sent:
    """Three days of two machines: a slow and a fast wave with noise, so that alarms last for minutes and for days."""
    rng = np.random.default_rng(4)
    return [
        {
            "measured_at": format_us((BEGIN_S + tick * TICK_S) * US), "sensor_id": f"{machine}/{metric}",
            "machine_id": machine, "factory_id": "f1", "metric": metric, "unit": unit,
            "value": round(mean + 30 * math.sin(tick / period) + rng.normal(0, 3), 2),
        }
        for tick in range(HOURS * 3600 // TICK_S)
        for machine, period in (("m1", 200.0), ("m2", 25.0))
        for metric, mean, unit in (("temperature", 60.0, "C"), ("vibration", 40.0, "mm/s"))
    ]  # fmt: skip


def replayed(folder: Path, threshold: float, policy: Policy) -> tuple[Sent, Sent]:
    """Scores of the batch and alerts of the models that a replay sends, with one threshold on the margin."""
    folder.mkdir()
    call = small_call(folder, [write_readings(folder / "readings.jsonl", readings())])
    changes: dict[str, Any] = {
        "thresholds": (Threshold("alarm", "failure_24h", threshold),), "min_runtime": ALARM_TIMES,
        "alarm_clear_s": policy.alarm_clear_s, "alarm_repeat_s": policy.alarm_repeat_s,
    }  # fmt: skip
    call.bundle.write_bytes(sealed(small_pipeline(), **changes))
    run(call, StopSignal())
    names = [rule.name for rule in small_pipeline().features]
    table = vectors(folder / "features.jsonl", names)
    scores = score_rows(table, open_bundle(call.bundle, [TRUSTED]), "small@1+1", load_kernel(kernel_folder()))
    alerts = [one for one in uplink_records(folder / "uplink") if one["feed"] == "alerts" and "metric" not in one]
    return sorted(scores, key=lambda one: (one["scored_at"], one["machine_id"])), alerts


@dataclass(frozen=True)
class Replay:
    """A replay whose threshold half of the scores reach, by the alarms of a policy."""

    policy: Policy
    scores: Sent
    alerts: Sent
    threshold: float


@pytest.fixture(scope="module", params=POLICIES, ids=["shipped times", "times of the policy"])
def replay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    folder, policy = tmp_path_factory.mktemp("alarms"), request.param
    scores, _ = replayed(folder / "first", 0.0, policy)
    threshold = float(np.float32(np.quantile([one["margin"] for one in scores], 0.5)))
    return Replay(policy, *replayed(folder / "second", threshold, policy), threshold)


def rows_of(scores: Sent) -> Dataset:
    return Dataset(
        np.array([one["machine_id"] for one in scores]),
        np.array([int(one["scored_at"].timestamp()) * US for one in scores], dtype=np.int64),
        np.array([[one["margin"]] for one in scores]),
        np.zeros(len(scores), dtype=np.int8),
        NO_EVENTS,
    )


def test_each_alert_is_a_raise_or_a_repeat_that_the_evaluation_counts(replay: Replay) -> None:
    rows = rows_of(replay.scores)
    flags = np.asarray(rows.values[:, 0] >= replay.threshold, dtype=np.bool_)

    counted = EpisodeEvaluator(rows, replay.policy).evaluate(flags)

    found = []
    for machine in ("m1", "m2"):
        mine = np.asarray(rows.machine_ids == machine, dtype=np.bool_)
        calls_us = alarms_of(rows.scored_us[mine], flags[mine], replay.policy.alarm_rule).calls_us
        found += [(machine, format_us(at_us)) for at_us in calls_us.tolist()]
    sent = sorted((one["machine_id"], one["raised_at"]) for one in replay.alerts)
    assert sorted(found) == sent
    assert counted.counts.calls == len(sent) > counted.counts.alarms > 2
    assert flags.sum() - len(sent) > 0


def test_batch_and_evaluation_have_one_state_machine(replay: Replay) -> None:
    rows = rows_of(replay.scores)
    flags = np.asarray(rows.values[:, 0] >= replay.threshold, dtype=np.bool_)
    decided = np.array([one["decision"] != "none" for one in replay.scores])

    counts = EpisodeEvaluator(rows, replay.policy).evaluate(flags).counts

    alarms = [
        alarm
        for machine in ("m1", "m2")
        for alarm in score_alarms(
            replay.policy.alarm_rule, [(int(at), int(decided[i]), "ALARM") for i, at in enumerate(rows.scored_us)
                           if rows.machine_ids[i] == machine]
        )
    ]  # fmt: skip
    assert np.array_equal(decided, flags)
    assert (len(alarms), sum(len(one.announcements) for one in alarms)) == (counts.alarms, counts.calls)
