"""A registered version as a sealed bundle: compiled models, features, golden vectors, thresholds, kernels."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge_bundle.format import canonical_json
from edge_bundle.format.calibration import Calibration
from edge_bundle.format.compatibility import Compatible
from edge_bundle.format.errors import ManifestError
from edge_bundle.format.kernel import ARCHITECTURES, KERNEL_ABI, library_name
from edge_bundle.format.manifest import (
    ROLE_FEATURES,
    ROLE_GOLDEN,
    ROLE_KERNEL,
    ROLE_MODEL,
    ROLE_REFERENCE,
    FeatureEntry,
    Manifest,
    ModelEntry,
    Threshold,
)
from edge_bundle.format.outlook import Outlook, OutlookTable
from edge_bundle.format.pipeline import PIPELINE_PATH, Pipeline
from edge_bundle.format.pipeline_check import check
from edge_bundle.format.runtime import MIN_RUNTIME
from expectations.durations import seconds
from expectations.model_folder.documents import CalibrationMap, OutlookBin, Training
from expectations.model_folder.folder import ModelFolder
from expectations.model_folder.models import REFERENCE_FILE, XGBOOST_MARGIN, Model
from jobs.edge.pipeline_document import with_features
from lakehouse.errors import UsageError

if TYPE_CHECKING:
    from edge_bundle.compiler.golden import GoldenVectors
    from edge_bundle.compiler.seal import DraftMember
    from edge_bundle.format.model_blob import FlatModel
    from ml.gates.registry import ModelVersion


def kernel_folder() -> Path:
    """Where `make setup` put the scoring libraries."""
    return Path(sys.prefix) / "kernel"


def draft(row: "ModelVersion", folder: ModelFolder, pipeline: Pipeline) -> "tuple[Manifest, dict[str, DraftMember]]":
    """Manifest (build 1, version 1.0.0: the caller numbers it) and members of a bundle.

    Args:
        row: The registered version.
        folder: Its model folder.
        pipeline: What readings meet on their road, by the profile of today; of its features those of the version stay.

    Raises:
        UsageError: The kernels are not built, or the profile no longer has a feature of the version.
        CompileError: A model cannot be compiled exactly, or its golden scores cannot be read.
        SealError: The pipeline asks for more than a device can work with.
    """
    from edge_bundle.compiler.errors import SealError
    from edge_bundle.compiler.seal import DraftMember

    features = _features(folder)
    pipeline = with_features(pipeline, [feature.name for feature in features], row.version)
    try:
        check(pipeline)
    except ManifestError as exc:
        raise SealError(f"no gateway would take it: {exc}") from exc
    models = {model.name: _compiled(model, folder) for model in folder.models}
    golden = _golden(folder, models)
    members = {
        PIPELINE_PATH: DraftMember(ROLE_FEATURES, canonical_json.dumps(pipeline.to_document())),
        "reference/histograms.json": DraftMember(ROLE_REFERENCE, folder.files[REFERENCE_FILE]),
        **{f"models/{name}.fte": DraftMember(ROLE_MODEL, model.blob) for name, model in models.items()},
        **{path: DraftMember(ROLE_GOLDEN, data) for path, data in golden.members.items()},
        **{f"kernel/{name}": DraftMember(ROLE_KERNEL, data) for name, data in _kernels().items()},
    }
    manifest = Manifest(
        name=pipeline.plant,
        version="1.0.0",
        build=1,
        rollback_floor=0,
        created_at=_utc(row.trained_at),
        expires_at=None,
        kernel_abi=KERNEL_ABI,
        plant=pipeline.plant,
        score_every_s=pipeline.score_every_s,
        signers=(),
        files={},
        models=tuple(_model_entry(model, models[model.name], row, folder) for model in folder.models),
        features=features,
        thresholds=tuple(Threshold(each.name, each.model, each.value) for each in folder.thresholds),
        calibrations=tuple(_calibration(one) for one in folder.calibrations),
        golden=golden.entry,
        trained_on=json.loads(row.data_versions),
        code_revision=row.code_revision,
        outlooks=tuple(OutlookTable(one.model, one.knots, tuple(map(_outlook, one.bins))) for one in folder.outlooks),
        compatible=Compatible(plants=(pipeline.plant,)),
        min_runtime=MIN_RUNTIME,
    )
    return manifest, members


def _compiled(model: Model, folder: ModelFolder) -> "FlatModel":
    from edge_bundle.compiler.isolation_forest import compile_isolation_forest
    from edge_bundle.compiler.xgboost_model import compile_xgboost

    source = folder.source(model)
    return (
        compile_xgboost(source)
        if model.kind == XGBOOST_MARGIN
        else compile_isolation_forest(source, len(folder.features))
    )


def _golden(folder: ModelFolder, models: "Mapping[str, FlatModel]") -> "GoldenVectors":
    import numpy as np

    from edge_bundle.compiler.golden import build_golden
    from edge_bundle.compiler.model_folder import read_golden

    golden = read_golden(folder)
    return build_golden(golden.rows.astype(np.float32), dict(golden.scores), dict(models))


def _kernels() -> dict[str, bytes]:
    folder = kernel_folder()
    paths = [folder / library_name(architecture) for architecture in ARCHITECTURES]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise UsageError(f"the scoring kernel is not built ({', '.join(missing)}); run `make setup`")
    return {path.name: path.read_bytes() for path in paths}


def _model_entry(model: Model, compiled: "FlatModel", row: "ModelVersion", folder: ModelFolder) -> ModelEntry:
    from edge_bundle.format.digest import sha256_hex

    header = compiled.header
    return ModelEntry(
        name=model.name, kind=compiled.kind.label, file=f"models/{model.name}.fte", version=row.version,
        library=trained_by(folder.training, model.library), source_sha256=sha256_hex(folder.source(model)),
        n_features=header.n_features, n_trees=header.n_trees, n_nodes=header.n_nodes, max_depth=header.max_depth,
        horizon_h=None if model.horizon is None else _hours(model.horizon),
    )  # fmt: skip


def _hours(horizon: str) -> int | None:
    """None where the horizon is no whole number of hours: rounded, it would be another one."""
    hours, rest = divmod(seconds(horizon), 3600)
    return None if rest else hours


def trained_by(training: Training, library: str) -> str:
    """The library that trained a model and its version, as its training wrote it down: sealing may run on another."""
    version = training.libraries.get(library)
    return f"{library} {version}" if version else f"{library}, version not on record"


def _features(folder: ModelFolder) -> tuple[FeatureEntry, ...]:
    return tuple(FeatureEntry(one.name, one.unit, one.minimum, one.maximum) for one in folder.features)


def _calibration(one: CalibrationMap) -> Calibration:
    return Calibration(one.model, one.kind, one.slope, one.intercept, one.knot_scores, one.knot_probabilities)


def _outlook(one: OutlookBin) -> Outlook:
    return Outlook(one.expected_h, one.earliest_h, one.latest_h, one.confidence_frac)


def _utc(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
