"""A registered version as a sealed bundle: compiled models, features, golden vectors, thresholds, kernels."""

import io
import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from jobs.edge.pipeline_document import with_features
from lakehouse.errors import UsageError

if TYPE_CHECKING:
    from edge_bundle.compiler.seal import DraftMember
    from edge_bundle.format.model_blob import FlatModel
    from ml.gates.registry import ModelVersion

Files = Mapping[str, bytes]


def kernel_folder() -> Path:
    """Where `make setup` put the scoring libraries."""
    return Path(sys.prefix) / "kernel"


def draft(row: "ModelVersion", files: Files, pipeline: Pipeline) -> "tuple[Manifest, dict[str, DraftMember]]":
    """Manifest (build 1, version 1.0.0: the caller numbers it) and members of a bundle.

    Args:
        row: The registered version.
        files: Its model folder.
        pipeline: What readings meet on their road, by the profile of today; of its features those of the version stay.

    Raises:
        UsageError: The kernels are not built, or the profile no longer has a feature of the version.
        CompileError: A model cannot be compiled exactly.
        SealError: The pipeline asks for more than a device can work with.
    """
    from edge_bundle.compiler.errors import SealError
    from edge_bundle.compiler.golden import build_golden
    from edge_bundle.compiler.seal import DraftMember

    features = _features(files)
    pipeline = with_features(pipeline, [feature.name for feature in features], row.version)
    try:
        check(pipeline)
    except ManifestError as exc:
        raise SealError(f"no gateway would take it: {exc}") from exc
    models = _models(files, len(features))
    golden = build_golden(*_golden(files, models), models)
    members = {
        PIPELINE_PATH: DraftMember(ROLE_FEATURES, canonical_json.dumps(pipeline.to_document())),
        "reference/histograms.json": DraftMember(ROLE_REFERENCE, files["reference.json"]),
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
        models=tuple(_model_entry(name, model, row, files) for name, model in models.items()),
        features=features,
        thresholds=_thresholds(files, models),
        calibrations=tuple(_calibration(one) for one in _json(files, "calibration.json")["calibrations"]),
        golden=golden.entry,
        trained_on=json.loads(row.data_versions),
        code_revision=row.code_revision,
        outlooks=_outlooks(files),
        compatible=Compatible(plants=(pipeline.plant,)),
        min_runtime=MIN_RUNTIME,
    )
    return manifest, members


def _models(files: Files, n_features: int) -> "dict[str, FlatModel]":
    from edge_bundle.compiler.isolation_forest import compile_isolation_forest
    from edge_bundle.compiler.xgboost_model import compile_xgboost

    boosters = [name for name in sorted(files) if name.startswith("failure_") and name.endswith(".json")]
    models = {name.removesuffix(".json"): compile_xgboost(files[name]) for name in boosters}
    if "anomaly.npz" in files:
        models["anomaly"] = compile_isolation_forest(files["anomaly.npz"], n_features)
    return models


def _golden(files: Files, models: "Mapping[str, FlatModel]") -> tuple[Any, dict[str, Any]]:
    """Float32 rows and the trainer's scores for each model."""
    import numpy as np

    arrays = np.load(io.BytesIO(files["golden.npz"]), allow_pickle=False)
    scores = {name: arrays["path_lengths" if name == "anomaly" else "margins"] for name in models}
    return arrays["rows"].astype(np.float32), scores


def _kernels() -> dict[str, bytes]:
    folder = kernel_folder()
    paths = [folder / library_name(architecture) for architecture in ARCHITECTURES]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise UsageError(f"the scoring kernel is not built ({', '.join(missing)}); run `make setup`")
    return {path.name: path.read_bytes() for path in paths}


def _model_entry(name: str, model: "FlatModel", row: "ModelVersion", files: Files) -> ModelEntry:
    from edge_bundle.format.digest import sha256_hex

    is_anomaly = name == "anomaly"
    library = "scikit-learn" if is_anomaly else "xgboost"
    header = model.header
    return ModelEntry(
        name=name, kind=model.kind.label, file=f"models/{name}.fte", version=row.version,
        library=trained_by(files, library),
        source_sha256=sha256_hex(files["anomaly.npz" if is_anomaly else f"{name}.json"]),
        n_features=header.n_features, n_trees=header.n_trees, n_nodes=header.n_nodes, max_depth=header.max_depth,
        horizon_h=None if is_anomaly else _hours(name.removeprefix("failure_")),
    )  # fmt: skip


def _hours(horizon: str) -> int | None:
    """None where the horizon is no whole number of hours: rounded, it would be another one."""
    hours, rest = divmod(seconds(horizon), 3600)
    return None if rest else hours


def trained_by(files: Files, library: str) -> str:
    """The library that trained a model and its version, as its training wrote it down: sealing may run on another."""
    version = _json(files, "training.json").get("libraries", {}).get(library)
    return f"{library} {version}" if version else f"{library}, version not on record"


def _features(files: Files) -> tuple[FeatureEntry, ...]:
    entries = _json(files, "features.json")["features"]
    return tuple(FeatureEntry(e["name"], e["unit"], _float(e["minimum"]), _float(e["maximum"])) for e in entries)


def _thresholds(files: Files, models: "Mapping[str, FlatModel]") -> tuple[Threshold, ...]:
    entries = _json(files, "thresholds.json")["thresholds"]
    return tuple(Threshold(e["name"], e["model"], float(e["value"])) for e in entries if e["model"] in models)


def _calibration(one: dict[str, Any]) -> Calibration:
    return Calibration(
        one["model"], one["kind"], float(one["slope"]), float(one["intercept"]),
        tuple(map(float, one["knot_scores"])), tuple(map(float, one["knot_probabilities"])),
    )  # fmt: skip


def _outlooks(files: Files) -> tuple[OutlookTable, ...]:
    """None for a version of before there were tables."""
    tables = _json(files, "outlook.json")["outlooks"] if "outlook.json" in files else []
    return tuple(OutlookTable(one["model"], tuple(one["knots"]), tuple(map(_outlook, one["bins"]))) for one in tables)


def _outlook(one: dict[str, Any]) -> Outlook:
    expected, earliest, latest = (_float(one[name]) for name in ("expected_h", "earliest_h", "latest_h"))
    return Outlook(expected, earliest, latest, float(one["confidence_frac"]))


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _json(files: Files, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files[name])
    return document


def _utc(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
