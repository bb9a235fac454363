"""The simulated plant where repairs prevent failures: from its files to labels, a training and its figures."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from expectations.features import features_of
from expectations.plant.file import PLANTS
from jobs.models.frames import training_frames
from ml.candidates.anomaly_model import AnomalyParams
from ml.data.dataset import FeatureList, build_dataset
from ml.evaluation.alarm_counts import AlarmCounts
from ml.evaluation.episodes import EpisodeEvaluator
from ml.models.failure_model import FailureParams
from ml.policy import Policy
from ml.training.train import TrainedModel, TrainingParams, train
from simulator.plant import SimulationConfig
from simulator.truth import PreventionTruth, Truth
from simulator.write import simulate
from tests.support.plane import Plane

CONFIG = SimulationConfig(
    days=60, machines=6, life_scale=0.3, faults=False, second_step_days=0, prevented_frac=0.6
)  # fmt: skip
DAY = timedelta(hours=24)
PARAMS = TrainingParams(
    FailureParams(rounds=40, max_depth=3, min_child_weight=1.0, nthread=1), AnomalyParams(trees=20, max_samples=64)
)


@dataclass(frozen=True)
class Lived:
    """A lake of the plant, the truth, and a lake of the same files whose profile says nothing of maintenance."""

    plane: Plane
    truth: Truth
    silent: Plane


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    root = tmp_path_factory.mktemp("prevented")
    known, silent = (root / name / "simulated" for name in ("plants", "silent plants"))
    for folder in (known, silent):
        shutil.copytree(PLANTS / "simulated", folder)
    # Events are known at once, so that the two differ in what they say of maintenance alone.
    text = re.sub(r"(?m)^delay = .*$", "", (known / "profile.toml").read_text(encoding="utf-8"))
    (known / "profile.toml").write_text(text, encoding="utf-8")
    before, _, rest = text.partition("[feeds.maintenance]")
    (silent / "profile.toml").write_text(before + "[labels]" + rest.partition("[labels]")[2], encoding="utf-8")
    truth = simulate(CONFIG, root / "known" / "landing", root / "truth")
    shutil.copytree(root / "known" / "landing", root / "silent" / "landing")
    planes = Plane(root / "known", "none", str(known)), Plane(root / "silent", "none", str(silent))
    for plane in planes:
        plane.run()
    return Lived(planes[0], truth, planes[1])


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _dying(plane: Plane, truth: Truth) -> Iterator[tuple[PreventionTruth, dict[str, Any]]]:
    """The rows of the day before each failure that was prevented, until its repair."""
    rows = plane.rows("gold.failure_labels")
    for one in truth.preventions:
        end = _at(one.would_fail_at) if one.would_fail_at else _at(one.repaired_at) + DAY
        for row in rows:
            is_before = end - DAY <= row["scored_at"] < _at(one.repaired_at)
            if row["machine_id"] == one.machine_id and is_before:
                yield one, row


def test_every_repair_that_prevented_a_failure_is_an_intervention_and_nothing_else_is(lived: Lived) -> None:
    found = {(row["machine_id"], row["occurred_at"], row["reason"]) for row in lived.plane.rows("gold.interventions")}

    assert found == {(one.machine_id, _at(one.repaired_at), "condition_based") for one in lived.truth.preventions}
    assert len(found) >= 20
    assert lived.silent.rows("gold.interventions") == []


def test_no_row_of_a_dying_machine_is_labelled_healthy(lived: Lived) -> None:
    labels = [row["failure_within_24h"] for _, row in _dying(lived.plane, lived.truth)]
    silent = [row["failure_within_24h"] for _, row in _dying(lived.silent, lived.truth)]

    assert len(labels) >= 100
    assert 0 not in labels
    assert silent.count(0) >= 100  # so it was before


def test_the_rows_of_training_hold_none_either_and_are_evaluated(lived: Lived) -> None:
    plant = lived.plane.plant
    rows = build_dataset(training_frames(plant), FeatureList.of(features_of(plant.profile)), Policy())
    assert rows.censored is not None

    assert len(rows.interventions) == len(lived.truth.preventions)
    assert not (rows.censored & rows.labelled).any()
    assert int(rows.censored.sum()) == sum(row["censored_within_24h"] is not None
                                           for row in lived.plane.rows("gold.failure_labels"))  # fmt: skip


def _trained(plane: Plane) -> TrainedModel:
    plant = plane.plant
    policy = Policy(
        minimum_train_failures=6, origin_step_days=14, minimum_healthy_rows=500, minimum_anomaly_rows=200,
        machine_folds=0, golden_rows=16,
    )  # fmt: skip
    return train(training_frames(plant), FeatureList.of(features_of(plant.profile)), policy, PARAMS)


def _most_suspect(model: TrainedModel) -> AlarmCounts:
    """Alarms at the five in a hundred held-out rows that score highest, whatever threshold was chosen."""
    assert model.failure is not None
    held_out = model.failure.evaluation.held_out
    flags = np.asarray(held_out.margins >= np.quantile(held_out.margins, 0.95), dtype=np.bool_)
    return EpisodeEvaluator(held_out.rows, model.policy).evaluate(flags).counts


def test_alarms_before_repairs_are_counted_apart_and_not_as_false(lived: Lived) -> None:
    known, silent = (_most_suspect(_trained(plane)) for plane in (lived.plane, lived.silent))

    assert known.intervened >= 1
    assert silent.intervened == 0
