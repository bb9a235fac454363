"""Trained models, awkward rows, and sealed bundles for the tests of `edge_bundle`."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length

from edge_bundle.compiler.golden import build_golden
from edge_bundle.compiler.isolation_forest import compile_isolation_forest
from edge_bundle.compiler.kernel.build import build_kernels
from edge_bundle.compiler.seal import DraftMember, seal
from edge_bundle.compiler.xgboost_model import compile_xgboost
from edge_bundle.format.calibration import Calibration
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.kernel import KERNEL_ABI, architecture, library_name
from edge_bundle.format.manifest import FeatureEntry, GoldenEntry, Manifest, ModelEntry, Threshold
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.outlook import Outlook, OutlookTable

Rows = NDArray[np.float32]
KERNEL_FOLDER = Path(__file__).resolve().parents[2] / "build" / "test-kernel"
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TRUSTED = SIGNING_KEY.public_key().public_bytes_raw()
LARGEST = float(np.finfo(np.float32).max)
OUTLOOK_KNOTS = (float(np.float32(-0.1)), float(np.float32(0.3)))
OUTLOOK_BINS = (Outlook(None, 300.0, None, 0.95), Outlook(96.5, 20.0, 400.0, 0.75), Outlook(12.0, 1.0, 96.0, 0.6))
DENORMAL = float(np.float32(1e-40))


@lru_cache(maxsize=1)
def kernel_folder() -> Path:
    """A folder with the libraries for all architectures, built from the checkout's source."""
    build_kernels(KERNEL_FOLDER)
    return KERNEL_FOLDER


def own_library() -> str:
    """The file name of this machine's library; the tests need one of the three architectures."""
    arch = architecture()
    assert arch is not None
    return library_name(arch)


def own_library_bytes() -> bytes:
    """This machine's library."""
    return (kernel_folder() / own_library()).read_bytes()


def sensor_rows(seed: int, n_rows: int, n_features: int, *, missing: float = 0.05) -> Rows:
    """Quantised, correlated, skewed columns with a share of missing values."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, n_features)) * rng.uniform(0.01, 100.0, n_features)
    rows = np.round(rows, 2).astype(np.float32)
    return np.where(rng.random(rows.shape) < missing, np.float32(np.nan), rows)


def failure_labels(rows: Rows, seed: int = 7) -> NDArray[np.int8]:
    """Labels that depend on the first columns, with noise; about one in five is 1."""
    rng = np.random.default_rng(seed)
    wide = np.nan_to_num(rows[:, :3].astype(np.float64))
    signal = (wide / (np.abs(wide).mean(axis=0) + 1e-9)).sum(axis=1) + rng.normal(size=len(rows))
    return np.asarray(signal > np.quantile(signal, 0.8), dtype=np.int8)


def awkward_rows(model_rows: Rows, thresholds: Rows, seed: int = 3) -> Rows:
    """Rows on thresholds, one float beside them, missing, infinite, -0.0, denormal, and huge."""
    rng = np.random.default_rng(seed)
    above, below = np.nextafter(thresholds, np.float32(np.inf)), np.nextafter(thresholds, np.float32(-np.inf))
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, DENORMAL, -DENORMAL, LARGEST, -LARGEST], np.float32)
    values = np.concatenate([thresholds, above, below, np.zeros(1, np.float32)])
    picked = rng.choice(values, size=(2000, model_rows.shape[1]))
    odd = rng.choice(special, size=(500, model_rows.shape[1]))
    mixed = np.where(rng.random(odd.shape) < 0.5, odd, rng.choice(values, size=odd.shape))
    uniform = np.repeat(special[:, None], model_rows.shape[1], axis=1)
    return np.concatenate([model_rows, picked, odd, mixed, uniform]).astype(np.float32)


def train_booster(rows: Rows, *, rounds: int = 60, **settings: float | str) -> xgb.Booster:
    """A booster with the starting parameters of `FailureParams`, where ``settings`` do not differ."""
    params = {
        "objective": "binary:logistic",
        **{"max_depth": 8, "eta": 0.1, "gamma": 0.1, "min_child_weight": 10},
        **{"subsample": 0.8, "colsample_bytree": 0.8, "nthread": 2, "seed": 1},
        **settings,
    }
    return xgb.train(params, xgb.DMatrix(rows, label=failure_labels(rows)), num_boost_round=rounds)


def split_thresholds(booster: xgb.Booster) -> Rows:
    """Every threshold that the booster compares with."""
    table = booster.trees_to_dataframe()
    return np.asarray(table.loc[table["Feature"] != "Leaf", "Split"], dtype=np.float32)


def native_margins(booster: xgb.Booster, rows: Rows) -> Rows:
    """XGBoost's own margins; rows may hold infinities, which only ``inplace_predict`` takes."""
    return np.asarray(booster.inplace_predict(rows, predict_type="margin"), dtype=np.float32)


def train_forest(rows: Rows, *, trees: int = 100, **settings: float) -> IsolationForest:
    """An isolation forest of 100 trees, as Liu, Ting & Zhou (ICDM 2008) propose."""
    return IsolationForest(n_estimators=trees, random_state=5, n_jobs=1, **settings).fit(rows)


def forest_npz(forest: IsolationForest) -> bytes:
    """The forest as the compiler's npz of plain arrays."""
    trees = [estimator.tree_ for estimator in forest.estimators_]
    depths = zip(trees, forest._decision_path_lengths, forest._average_path_length_per_tree, strict=True)

    def joined(name: str, dtype: type) -> NDArray[np.generic]:
        return np.concatenate([getattr(tree, name) for tree in trees]).astype(dtype)

    arrays: dict[str, Any] = {
        "children_left": joined("children_left", np.int32),
        "children_right": joined("children_right", np.int32),
        "feature": joined("feature", np.int32),
        "threshold": joined("threshold", np.float64),
        "missing_go_to_left": joined("missing_go_to_left", np.uint8),
        "leaf_value": np.concatenate([path + rest - 1.0 for _, path, rest in depths]),
        "tree_offsets": np.cumsum([0, *(tree.node_count for tree in trees)]).astype(np.int64),
        "estimators_features": np.asarray(forest.estimators_features_, dtype=np.int32),
        "denominator": np.float64(len(trees) * _average_path_length([forest._max_samples])[0]),
        "offset": np.float64(forest.offset_),
    }
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def native_depths(forest: IsolationForest, rows: Rows) -> NDArray[np.float64]:
    """Scikit-learn's path-length sums: each tree's own leaves, in tree order, in float64."""
    total = np.zeros(len(rows))
    parts = zip(
        *(forest.estimators_, forest.estimators_features_),
        *(forest._decision_path_lengths, forest._average_path_length_per_tree),
        strict=True,
    )
    for estimator, columns, path, rest in parts:
        leaf = estimator.tree_.apply(np.ascontiguousarray(rows[:, columns]))
        total += path[leaf] + rest[leaf] - 1.0
    return total


@lru_cache(maxsize=1)
def small_models() -> tuple[FlatModel, FlatModel, Rows, dict[str, NDArray[np.floating]]]:
    """A small failure model, a small forest, golden rows, and both trainers' scores for them."""
    rows = sensor_rows(11, 400, 5)
    booster, forest = train_booster(rows, rounds=3, max_depth=3), train_forest(rows, trees=3, max_samples=16)
    golden = rows[:8]
    scores: dict[str, NDArray[np.floating]] = {
        "failure_24h": native_margins(booster, golden),
        "anomaly": native_depths(forest, golden),
    }
    failure = compile_xgboost(bytes(booster.save_raw("json")))
    return failure, compile_isolation_forest(forest_npz(forest), 5), golden, scores


def model_entry(name: str, kind_file: str, model: FlatModel) -> ModelEntry:
    """The manifest's entry for a compiled model."""
    header = model.header
    return ModelEntry(
        name=name,
        kind=model.kind.label,
        file=kind_file,
        version="1",
        library="xgboost 3.2.0",
        source_sha256=sha256_hex(b"source of " + name.encode()),
        n_features=header.n_features,
        n_trees=header.n_trees,
        n_nodes=header.n_nodes,
        max_depth=header.max_depth,
        horizon_h=24 if model.kind is ModelKind.MARGIN else None,
    )


def draft_manifest(models: tuple[ModelEntry, ...], golden: GoldenEntry, n_features: int) -> Manifest:
    """A legal draft for a plant called ``test``."""
    return Manifest(
        name="test-plant",
        version="1.2.3",
        build=7,
        rollback_floor=0,
        created_at="2026-01-02T03:04:05Z",
        expires_at=None,
        kernel_abi=KERNEL_ABI,
        plant="test",
        score_every_s=3600,
        signers=(),
        files={},
        models=models,
        features=tuple(FeatureEntry(f"f{n}", "c", -1.5, 1.5) for n in range(n_features)),
        thresholds=(Threshold("alarm", models[0].name, 0.25),),
        calibrations=(Calibration(models[0].name, "platt", 1.5, -0.5, (), ()),),
        golden=golden,
        trained_on={"gold.machine_features": 3},
        code_revision="0" * 40,
        outlooks=(OutlookTable(models[0].name, OUTLOOK_KNOTS, OUTLOOK_BINS),),
    )


def small_draft() -> tuple[Manifest, dict[str, DraftMember]]:
    """A legal draft with two small models, and its members."""
    failure, anomaly, rows, scores = small_models()
    models = {"failure_24h": failure, "anomaly": anomaly}
    golden = build_golden(rows, scores, models)
    members = {path: DraftMember("golden", data) for path, data in golden.members.items()}
    for name, model in models.items():
        members[f"models/{name}.flat"] = DraftMember("model", model.blob)
    entries = tuple(model_entry(name, f"models/{name}.flat", model) for name, model in models.items())
    return draft_manifest(entries, golden.entry, 5), members


@lru_cache(maxsize=1)
def small_bundle() -> bytes:
    """A sealed bundle of a few KB, signed by ``SIGNING_KEY``."""
    draft, members = small_draft()
    return seal(draft, members, SIGNING_KEY)


def resealed(**changes: object) -> bytes:
    """The small bundle with other manifest fields."""
    draft, members = small_draft()
    return seal(replace(draft, **changes), members, SIGNING_KEY)  # type: ignore[arg-type]  # fields by name
