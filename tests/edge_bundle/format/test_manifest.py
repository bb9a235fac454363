from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_bundle.format import canonical_json
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.calibration import Calibration
from edge_bundle.format.errors import ManifestError
from edge_bundle.format.hex_float import format_float, parse_float, to_float32
from edge_bundle.format.manifest import FeatureEntry, Threshold
from edge_bundle.format.manifest_check import check_draft
from edge_bundle.format.manifest_json import dump_manifest, parse_manifest
from edge_bundle.format.model_scorers import scorer_of
from tests.support.edge_models import TRUSTED, small_bundle, small_draft

DRAFT = small_draft()[0]
MODEL = DRAFT.models[0]


def test_a_manifest_is_read_back_as_it_was_written() -> None:
    manifest = open_bundle(small_bundle(), [TRUSTED]).manifest

    assert parse_manifest(dump_manifest(manifest)) == manifest


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_survives_as_text(value: Any) -> None:
    assert parse_float(format_float(value)).hex() == value.hex()


@pytest.mark.parametrize(
    "text", ["", "1", "0x1p0", "0X1.0000000000000P+0", "inf", "nan", "0x1p99999", " 0x0.0p+0", "-"]
)
def test_any_other_spelling_of_a_float_is_refused(text: str) -> None:
    with pytest.raises(ManifestError):
        parse_float(text)


@pytest.mark.parametrize(("value", "expected"), [(0.1, 0.10000000149011612), (1e300, float("inf")), (1e-50, 0.0)])
def test_float32_rounding_is_that_of_the_hardware(value: Any, expected: float) -> None:
    assert to_float32(value) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_cannot_be_written(value: Any) -> None:
    with pytest.raises(ManifestError, match="finite"):
        dump_manifest(replace(DRAFT, thresholds=(Threshold("alarm", MODEL.name, value),)))


def changed(**fields: object) -> bytes:
    document = canonical_json.loads(dump_manifest(DRAFT))
    document.update(fields)
    return canonical_json.dumps({key: value for key, value in document.items() if value != "absent"})


@pytest.mark.parametrize(
    "data",
    [
        changed(surprise=1),
        changed(build="absent"),
        changed(build="7"),
        changed(build=True),
        changed(expires_at=5),
        changed(models={}),
        changed(models=[{}]),
        changed(trained_on={"t": "3"}),
        changed(golden=[]),
        changed(features=[None]),
        changed(format="assay-bundle/2"),
        b"[]",
        b"null",
        b"{}",
    ],
)
def test_fields_missing_unknown_or_of_another_type_are_refused(data: bytes) -> None:
    with pytest.raises(ManifestError):
        parse_manifest(data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Bad Name"}, "bundle name"),
        ({"version": "1.2"}, "major.minor.patch"),
        ({"version": "1.2.3-rc1"}, "major.minor.patch"),
        ({"version": "01.2.3"}, "major.minor.patch"),
        ({"build": 0}, "build 0"),
        ({"rollback_floor": 8}, "rollback floor 8"),
        ({"kernel_abi": 2}, "kernel interface 2"),
        ({"score_every_s": 0}, "score_every_s"),
        ({"created_at": "2026-01-02 03:04:05"}, "YYYY-MM-DDTHH:MM:SSZ"),
        ({"created_at": "2026-1-2T03:04:05Z"}, "one spelling"),
        ({"expires_at": "2025-01-01T00:00:00Z"}, "expires before"),
        ({"features": ()}, "without features"),
        ({"features": (FeatureEntry("a", "", 1.0, 0.0),) * 1}, "not ordered"),
        ({"features": (FeatureEntry("a", "", None, 0.0),)}, "not ordered"),
        ({"features": DRAFT.features[:1] * 2}, "feature is in the manifest twice"),
        ({"features": DRAFT.features[:-1]}, "takes 5 features"),
        ({"models": ()}, "at least one model"),
        ({"models": (MODEL, MODEL)}, "model is in the manifest twice"),
        ({"models": (replace(MODEL, kind="lstm"),)}, "model kind"),
        ({"models": (replace(MODEL, name="X"),)}, "model name"),
        ({"models": (replace(MODEL, source_sha256="0"),)}, "source digest"),
        ({"thresholds": (Threshold("alarm", "other", 0.0),)}, "'other' is spoken of"),
        ({"thresholds": (Threshold("Alarm!", MODEL.name, 0.0),)}, "threshold name"),
        ({"thresholds": DRAFT.thresholds * 2}, "threshold is in the manifest twice"),
        ({"calibrations": DRAFT.calibrations * 2}, "calibration is in the manifest twice"),
        ({"calibrations": (replace(DRAFT.calibrations[0], kind="beta"),)}, "legal are platt"),
        ({"golden": replace(DRAFT.golden, count=0)}, "at least one golden row"),
        ({"golden": replace(DRAFT.golden, scores={})}, "for each model"),
    ],
)
def test_a_draft_that_contradicts_itself_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ManifestError, match=message):
        check_draft(replace(DRAFT, **change))


def test_thresholds_are_reached_upwards_in_margin_and_downwards_in_path_length() -> None:
    threshold = Threshold("alarm", "m", 0.5)

    assert [scorer_of("xgboost-margin").reaches(score, threshold.value) for score in (0.4, 0.5, 0.6)] == [
        False,
        True,
        True,
    ]
    assert [scorer_of("iforest-depth").reaches(score, threshold.value) for score in (0.4, 0.5, 0.6)] == [
        True,
        False,
        False,
    ]


@given(st.floats(-5.0, 5.0))
def test_isotonic_knots_give_straight_lines_flat_at_the_ends_as_in_numpy(score: float) -> None:
    knots, shares = (-1.0, -0.5, 1.0, 3.0), (0.1, 0.1, 0.5, 0.6)
    calibration = Calibration("m", "isotonic", 0.0, 0.0, knots, shares)

    assert calibration.probability(score) == np.interp(score, knots, shares)


def test_platt_is_a_sigmoid_that_does_not_overflow() -> None:
    calibration = Calibration("m", "platt", 2.0, 1.0, (), ())

    assert [calibration.probability(score) for score in (-0.5, -1e6, 1e6)] == [0.5, 0.0, 1.0]


@pytest.mark.parametrize(
    "calibration",
    [
        Calibration("m", "platt", 1.0, 0.0, (1.0,), (0.5,)),
        Calibration("m", "isotonic", 0.0, 0.0, (), ()),
        Calibration("m", "isotonic", 1.0, 0.0, (1.0,), (0.5,)),
        Calibration("m", "isotonic", 0.0, 0.0, (1.0, 0.0), (0.5, 0.6)),
        Calibration("m", "isotonic", 0.0, 0.0, (1.0,), (1.5,)),
        Calibration("m", "isotonic", 0.0, 0.0, (1.0, 2.0), (0.5,)),
    ],
)
def test_a_calibration_with_fields_of_the_other_kind_is_not_legal(calibration: Calibration) -> None:
    assert not calibration.is_legal()
