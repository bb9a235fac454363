"""Registered versions as a sealed bundle: compiled models, features, golden vectors, thresholds, kernels."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from domain.score_alarm import CLEAR_S, REPEAT_S
from edge_bundle.compiler.compile_model import CompiledModel, compile_model
from edge_bundle.compiler.errors import SealError
from edge_bundle.compiler.golden import ROWS_PATH, GoldenVectors, build_golden
from edge_bundle.compiler.model_folder import read_golden
from edge_bundle.compiler.seal import DraftMember
from edge_bundle.format import canonical_json
from edge_bundle.format.calibration import Calibration
from edge_bundle.format.compatibility import Compatible
from edge_bundle.format.derived_model import DERIVED_KIND
from edge_bundle.format.errors import ManifestError
from edge_bundle.format.horizons import need_order
from edge_bundle.format.kernel import ARCHITECTURES, KERNEL_ABI, library_name
from edge_bundle.format.manifest import (
    ROLE_FEATURES,
    ROLE_GOLDEN,
    ROLE_KERNEL,
    ROLE_MODEL,
    ROLE_REFERENCE,
    FeatureEntry,
    Manifest,
    Threshold,
)
from edge_bundle.format.model_scorers import RESIDUAL_KINDS, needs_list
from edge_bundle.format.outlook import Outlook, OutlookTable
from edge_bundle.format.pipeline import PIPELINE_PATH, Pipeline
from edge_bundle.format.pipeline_check import check
from edge_bundle.format.runtime import (
    ALARM_TIMES,
    LISTED_SCORES,
    MIN_RUNTIME,
    MISSING_WINDOWS,
    ORDERED_HORIZONS,
    RESIDUAL_COLUMNS,
    RESIDUAL_MODELS,
)
from expectations.model_folder.documents import CalibrationMap, FeatureColumn, OutlookBin
from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import REFERENCE_FILE
from jobs.edge.pipeline_document import with_features
from lakehouse.errors import UsageError
from ml.gates.registry import ModelVersion


def kernel_folder() -> Path:
    """Where `make setup` put the scoring libraries."""
    return Path(sys.prefix) / "kernel"


@dataclass(frozen=True, slots=True)
class Trained:
    """A registered version with its model folder."""

    row: "ModelVersion"
    folder: ModelFolder


@dataclass(frozen=True, slots=True)
class _Part:
    """What one version brings to a bundle: the models whose names no version before it has."""

    folder: ModelFolder
    models: "tuple[CompiledModel, ...]"
    golden: GoldenVectors

    @property
    def names(self) -> frozenset[str]:
        return frozenset(one.entry.name for one in self.models)


def draft(versions: Sequence[Trained], pipeline: Pipeline) -> "tuple[Manifest, dict[str, DraftMember]]":
    """Manifest (build 1, version 1.0.0: the caller numbers it) and members of a bundle.

    Args:
        versions: The version that leads, whose scores are in the columns, and others that bring models more, as of
            another horizon. A model whose name an earlier version has is left out: see `left_out`.
        pipeline: What a reading meets, by the profile of today; of its features those of the versions stay.

    Raises:
        UsageError: The kernels are not built, or the profile no longer has a feature of the versions or declares other
            delays.
        CompileError: A model cannot be compiled exactly, or its golden scores cannot be read.
        SealError: The versions take different features, or the pipeline asks for more than a device can work with.
    """
    leading = versions[0]
    features = _features(versions)
    for each in versions:
        names, delays = [feature.name for feature in features], each.folder.training.event_delays
        pipeline = with_features(pipeline, names, each.row.version, delays)
    try:
        check(pipeline)
    except ManifestError as exc:
        raise SealError(f"no gateway would take it: {exc}") from exc
    found = [_part(versions, place) for place in range(len(versions))]
    models = [one for part in found for one in part.models]
    members = {
        PIPELINE_PATH: DraftMember(ROLE_FEATURES, canonical_json.dumps(pipeline.to_document())),
        "reference/histograms.json": DraftMember(ROLE_REFERENCE, leading.folder.files[REFERENCE_FILE]),
        **{path: DraftMember(ROLE_MODEL, data) for one in models for path, data in one.files.items()},
        **{path: DraftMember(ROLE_GOLDEN, data) for part in found for path, data in part.golden.members.items()},
        **{f"kernel/{name}": DraftMember(ROLE_KERNEL, data) for name, data in _kernels().items()},
    }
    policy = leading.folder.training.policy
    manifest = Manifest(
        name=pipeline.plant,
        version="1.0.0",
        build=1,
        rollback_floor=0,
        created_at=_utc(max(each.row.trained_at for each in versions)),
        expires_at=None,
        kernel_abi=KERNEL_ABI,
        plant=pipeline.plant,
        score_every_s=pipeline.score_every_s,
        signers=(),
        files={},
        models=tuple(one.entry for one in models),
        features=features,
        thresholds=tuple(each for part in found for each in _thresholds(part)),
        calibrations=tuple(each for part in found for each in _calibrations(part)),
        golden=found[0].golden.entry,
        trained_on=json.loads(leading.row.data_versions),
        code_revision=leading.row.code_revision,
        outlooks=tuple(each for part in found for each in _outlooks(part)),
        compatible=Compatible(plants=(pipeline.plant,)),
        min_runtime=MIN_RUNTIME,
        optional=_PASSED_OVER if any(part.folder.outlooks for part in found) else (),
        more_golden=tuple(part.golden.entry for part in found[1:]),
        is_ordered=need_order([one.entry.horizon_h for one in models]),
        alarm_clear_s=int(policy.get("alarm_clear_s", CLEAR_S)),
        alarm_repeat_s=int(policy.get("alarm_repeat_s", REPEAT_S)),
    )
    return replace(manifest, min_runtime=_min_runtime(manifest)), members


_PASSED_OVER = ("outlooks.bins.episodes",)
"""What a runtime of before knows nothing of, and scores without: it gives no interval of a probability."""


def _min_runtime(manifest: Manifest) -> str:
    """The first runtime that does all that the manifest asks for."""
    models = manifest.models
    if manifest.has_own_alarm_times:
        return ALARM_TIMES
    if any(one.kind == DERIVED_KIND for one in models):
        return RESIDUAL_COLUMNS
    if manifest.is_ordered:
        return ORDERED_HORIZONS
    if any(one.kind in RESIDUAL_KINDS for one in models):
        return RESIDUAL_MODELS
    if any(one.missing is not None for one in models):
        return MISSING_WINDOWS
    return LISTED_SCORES if needs_list(one.kind for one in models) else MIN_RUNTIME


def left_out(versions: Sequence[Trained]) -> tuple[str, ...]:
    """Models that a bundle leaves out since an earlier version has one of that name, as ``anomaly of version v2``."""
    return tuple(
        f"{model.name} of version {each.row.version}"
        for place, each in enumerate(versions)
        for model in each.folder.models
        if model.name in _taken(versions, place)
    )


def _taken(versions: Sequence[Trained], place: int) -> frozenset[str]:
    """Names of the models of all versions before a place."""
    return frozenset(model.name for each in versions[:place] for model in each.folder.models)


def _part(versions: Sequence[Trained], place: int) -> _Part:
    each, taken = versions[place], _taken(versions, place)
    wanted = [model for model in each.folder.models if model.name not in taken]
    if not wanted:
        raise SealError(f"version {each.row.version} brings no model: earlier versions have {sorted(taken)}")
    models = tuple(compile_model(model, each.folder, each.row.version) for model in wanted)
    return _Part(each.folder, models, _golden(each.folder, models, place))


def _golden(folder: ModelFolder, models: "Sequence[CompiledModel]", place: int) -> "GoldenVectors":
    """Golden rows of the version's own training with its own scores."""
    golden = read_golden(folder)
    path = f"golden/rows-{place + 1}.f32" if place else ROWS_PATH
    scores = {one.entry.name: golden.scores[one.entry.name] for one in models}
    return build_golden(golden.rows.astype(np.float32), scores, {one.entry.name: one.model for one in models}, path)


def _kernels() -> dict[str, bytes]:
    folder = kernel_folder()
    paths = [folder / library_name(architecture) for architecture in ARCHITECTURES]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise UsageError(f"the scoring kernel is not built ({', '.join(missing)}); run `make setup`")
    return {path.name: path.read_bytes() for path in paths}


def _features(versions: Sequence[Trained]) -> tuple[FeatureEntry, ...]:
    """The places of the vector, each with the range of all trainings."""
    names, *others = ([one.name for one in each.folder.features] for each in versions)
    for each, other in zip(versions[1:], others, strict=True):
        if other != names:
            differing = sorted(set(names) ^ set(other)) or ["their order"]
            raise SealError(
                f"version {each.row.version} takes other features than {versions[0].row.version}: {differing[:3]}; "
                "train both on one profile"
            )
    return tuple(map(_feature, zip(*(each.folder.features for each in versions), strict=True)))


def _feature(of_versions: tuple[FeatureColumn, ...]) -> FeatureEntry:
    least = [one.minimum for one in of_versions if one.minimum is not None]
    greatest = [one.maximum for one in of_versions if one.maximum is not None]
    first = of_versions[0]
    return FeatureEntry(first.name, first.unit, min(least, default=None), max(greatest, default=None))


def _thresholds(part: _Part) -> Iterator[Threshold]:
    return (Threshold(one.name, one.model, one.value) for one in part.folder.thresholds if one.model in part.names)


def _calibrations(part: _Part) -> Iterator[Calibration]:
    return (_calibration(one) for one in part.folder.calibrations if one.model in part.names)


def _outlooks(part: _Part) -> Iterator[OutlookTable]:
    tables = (one for one in part.folder.outlooks if one.model in part.names)
    return (OutlookTable(one.model, one.knots, tuple(map(_outlook, one.bins))) for one in tables)


def _calibration(one: CalibrationMap) -> Calibration:
    return Calibration(one.model, one.kind, one.slope, one.intercept, one.knot_scores, one.knot_probabilities)


def _outlook(one: OutlookBin) -> Outlook:
    return Outlook(one.expected_h, one.earliest_h, one.latest_h, one.confidence_frac, int(one.episodes["total"]))


def _utc(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
