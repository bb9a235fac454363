from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from edge_bundle.compiler import seal as sealing
from edge_bundle.compiler.created_at import created_at
from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.golden import build_golden
from edge_bundle.compiler.isolation_forest import compile_isolation_forest
from edge_bundle.compiler.seal import DraftMember, seal
from edge_bundle.compiler.xgboost_model import compile_xgboost
from edge_bundle.format.archive import members as archive_members
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.golden import check_golden
from edge_bundle.format.kernel import ARCHITECTURES, library_name, load_kernel
from tests.support.edge_models import (
    SIGNING_KEY,
    TRUSTED,
    draft_manifest,
    forest_npz,
    kernel_folder,
    model_entry,
    native_depths,
    native_margins,
    sensor_rows,
    small_bundle,
    small_draft,
    small_models,
    train_booster,
    train_forest,
)


def test_the_same_input_gives_the_same_bytes() -> None:
    draft, members = small_draft()
    backwards = dict(reversed(members.items()))

    assert seal(draft, members, SIGNING_KEY) == small_bundle() == seal(draft, backwards, SIGNING_KEY)


def test_the_manifest_states_every_member_and_the_signer() -> None:
    manifest = open_bundle(small_bundle(), [TRUSTED]).manifest

    stored = {member.path: member.size for member in archive_members(small_bundle())}
    assert {path: entry.size for path, entry in manifest.files.items()} == {
        path: size for path, size in stored.items() if not path.startswith("manifest.")
    }
    assert manifest.signers == (TRUSTED.hex(),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"build": 0}, "build 0"),
        ({"models": ()}, "at least one model"),
        ({"golden": None}, "not among the golden files"),
    ],
)
def test_a_draft_that_is_not_legal_is_refused(change: dict[str, Any], message: str) -> None:
    draft, members = small_draft()
    if change.get("golden", True) is None:
        change = {"golden": replace(draft.golden, rows="golden/other.f32")}

    with pytest.raises(SealError, match=message):
        seal(replace(draft, **change), members, SIGNING_KEY)


@pytest.mark.parametrize(
    ("path", "member", "message"),
    [
        ("../x", DraftMember("card", b""), "member path"),
        ("manifest.json", DraftMember("card", b""), "cannot list itself"),
        ("card.html", DraftMember("surprise", b""), "role 'surprise'"),
        ("models/anomaly.flat", DraftMember("model", b"x"), "a header alone"),
    ],
    ids=["path", "leader", "role", "blob"],
)
def test_a_member_that_is_not_legal_is_refused(path: str, member: DraftMember, message: str) -> None:
    draft, members = small_draft()

    with pytest.raises(SealError, match=message):
        seal(draft, {**members, path: member}, SIGNING_KEY)


def test_no_key_or_one_key_twice_is_refused() -> None:
    draft, members = small_draft()

    with pytest.raises(SealError, match="0 signing keys"):
        seal(draft, members, [])
    with pytest.raises(SealError, match="signer is in the manifest twice"):
        seal(draft, members, [SIGNING_KEY, SIGNING_KEY])


def test_a_bundle_too_large_for_a_device_is_refused() -> None:
    draft, members = small_draft()
    large = {**members, "large.bin": DraftMember("reference", bytes(sealing.MAX_SEALED_BYTES))}

    with pytest.raises(SealError, match="at most 2300000"):
        seal(draft, large, SIGNING_KEY)


@pytest.mark.slow
def test_five_hundred_trees_of_depth_eight_with_three_kernels_fit_a_device() -> None:
    rows = sensor_rows(41, 20_000, 60)
    # With 32 bins training takes a fifth of the time, and the trees have more nodes, not fewer (measured).
    booster = train_booster(rows, rounds=500, min_child_weight=1, gamma=0.0, max_bin=32)
    forest = train_forest(rows)
    failure = compile_xgboost(bytes(booster.save_raw("ubj")))
    models = {"failure_24h": failure, "anomaly": compile_isolation_forest(forest_npz(forest), 60)}
    scores: dict[str, Any] = {
        "failure_24h": native_margins(booster, rows[:64]),
        "anomaly": native_depths(forest, rows[:64]),
    }
    golden = build_golden(rows[:64], scores, models)
    members = {path: DraftMember("golden", data) for path, data in golden.members.items()}
    members |= {f"models/{name}.flat": DraftMember("model", model.blob) for name, model in models.items()}
    for arch in ARCHITECTURES:
        name = library_name(arch)
        members[f"kernel/{name}"] = DraftMember("kernel", (kernel_folder() / name).read_bytes())
    entries = tuple(model_entry(name, f"models/{name}.flat", model) for name, model in models.items())

    bundle = seal(draft_manifest(entries, golden.entry, 60), members, SIGNING_KEY)

    opened = open_bundle(bundle, [TRUSTED])
    parsed = {name: opened.model(name) for name in models}
    assert check_golden(opened, parsed, load_kernel(kernel_folder())).scores == 128
    assert parsed["failure_24h"].header.n_trees == 500
    assert len(bundle) <= sealing.MAX_SEALED_BYTES


def test_golden_scores_that_the_compiled_model_does_not_give_are_refused() -> None:
    failure, anomaly, rows, scores = small_models()
    wrong = {**scores, "failure_24h": np.nextafter(scores["failure_24h"], np.float32(9))}

    with pytest.raises(SealError, match="'failure_24h' as compiled"):
        build_golden(rows, wrong, {"failure_24h": failure, "anomaly": anomaly})


def test_golden_scores_of_another_set_of_models_are_refused() -> None:
    failure, _, rows, scores = small_models()

    with pytest.raises(SealError, match="golden scores for"):
        build_golden(rows, scores, {"failure_24h": failure})


def test_golden_rows_keep_every_value_and_one_kind_of_missing() -> None:
    failure, anomaly, rows, scores = small_models()
    odd = rows.view("<u4").copy()
    odd[np.isnan(rows)] = 0xFFC12345

    models = {"failure_24h": failure, "anomaly": anomaly}
    golden = build_golden(rows, scores, models)

    assert np.isnan(rows).any()
    assert build_golden(odd.view("<f4"), scores, models) == golden
    assert np.array_equal(
        np.frombuffer(golden.members["golden/rows.f32"], "<f4").reshape(rows.shape), rows, equal_nan=True
    )


def test_the_time_is_the_given_one_in_utc_or_that_of_the_environment() -> None:
    moment = datetime(2026, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))

    assert created_at(moment, {}) == "2026-01-02T03:04:05Z"
    assert created_at(None, {"SOURCE_DATE_EPOCH": "1767323045"}) == "2026-01-02T03:04:05Z"
    assert created_at(datetime(2026, 1, 2, tzinfo=UTC), {"SOURCE_DATE_EPOCH": "0"}) == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize("environment", [{}, {"SOURCE_DATE_EPOCH": "today"}, {"SOURCE_DATE_EPOCH": "-1"}], ids=str)
def test_without_a_time_nothing_is_made_up(environment: dict[str, str]) -> None:
    with pytest.raises(SealError, match="SOURCE_DATE_EPOCH"):
        created_at(None, environment)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(SealError, match="no zone"):
        created_at(datetime(2026, 1, 2), {})  # noqa: DTZ001 (that it has no zone is the point)
