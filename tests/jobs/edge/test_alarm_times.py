"""How alarms of scores clear and repeat: the policy's of the training, through the bundle, to the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from domain.score_alarm import CLEAR_S, REPEAT_S, score_rule
from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.model_folder import read_model_folder
from edge_bundle.compiler.seal import seal
from edge_bundle.format.bounds import MAX_ALARM_S
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.manifest import Manifest
from edge_bundle.format.manifest_json import dump_manifest
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.format.runtime import ALARM_TIMES, MISSING_WINDOWS, RESIDUAL_COLUMNS
from edge_bundle.gateway.scoring.score import ModelScorer
from expectations.policy.file import starting_policy
from jobs.edge.sealing import Trained, draft
from ml.training.artifact import artifact_files
from tests.edge_bundle.gateway.plants import sealed, small_pipeline
from tests.jobs.edge.test_several_models import pipeline, row
from tests.support.edge_models import SIGNING_KEY, TRUSTED
from tests.support.plant_frames import plant_model


def drafted(numbers: Mapping[str, int], left_out: tuple[str, ...] = ()) -> Manifest:
    """The manifest of a version whose training followed a policy with these numbers."""
    folder = read_model_folder(artifact_files(plant_model()))
    policy = {name: value for name, value in folder.training.policy.items() if name not in left_out}
    followed = replace(folder, training=replace(folder.training, policy={**policy, **numbers}))
    return draft([Trained(row("v1"), followed)], pipeline())[0]


def test_a_bundle_has_the_times_of_its_versions_policy_and_asks_for_a_runtime_that_knows_them() -> None:
    manifest = drafted({"alarm_clear_s": 86_400, "alarm_repeat_s": 43_200})

    assert (manifest.alarm_clear_s, manifest.alarm_repeat_s) == (86_400, 43_200)
    assert manifest.min_runtime == ALARM_TIMES


@pytest.mark.parametrize("left_out", [(), ("alarm_clear_s", "alarm_repeat_s")], ids=["stated", "of before"])
def test_the_shipped_times_leave_a_manifest_as_it_was(left_out: tuple[str, ...]) -> None:
    manifest = drafted({}, left_out)

    assert not manifest.has_own_alarm_times
    assert b"alarm_" not in dump_manifest(manifest)
    assert manifest.min_runtime == MISSING_WINDOWS


def test_a_gateway_runs_the_bundles_alarms() -> None:
    given = sealed(small_pipeline(), alarm_clear_s=60, alarm_repeat_s=3600, min_runtime=ALARM_TIMES)
    bundle = open_bundle(given, [TRUSTED])
    models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}

    scorer = ModelScorer(bundle, small_pipeline(), ReferenceKernel(), models)

    assert scorer.alarm_rule == score_rule(60, 3600)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"alarm_clear_s": 0}, f"alarm_clear_s is 0; legal: 1 to {MAX_ALARM_S}"),
        ({"alarm_repeat_s": MAX_ALARM_S + 1}, f"alarm_repeat_s is {MAX_ALARM_S + 1}; legal: 1 to {MAX_ALARM_S}"),
        (
            {"alarm_clear_s": CLEAR_S + 1, "min_runtime": RESIDUAL_COLUMNS},
            f"alarms with times of their own need min_runtime {ALARM_TIMES} or newer",
        ),
    ],
    ids=["no time", "too long", "older runtime"],
)
def test_other_times_are_not_sealed(changes: dict[str, Any], why: str) -> None:
    manifest, members = draft([Trained(row("v1"), read_model_folder(artifact_files(plant_model())))], pipeline())

    with pytest.raises(SealError, match=why):
        seal(replace(manifest, **{"min_runtime": ALARM_TIMES, **changes}), members, SIGNING_KEY)


def test_the_shipped_times_are_the_policys_and_every_legal_policy_can_be_sealed() -> None:
    numbers = {number.name: number for number in starting_policy()}

    assert (numbers["alarm_clear_s"].value, numbers["alarm_repeat_s"].value) == (CLEAR_S, REPEAT_S)
    for name in ("alarm_clear_s", "alarm_repeat_s"):
        assert (numbers[name].least, numbers[name].most) == (1, MAX_ALARM_S)
