"""A sealed bundle of 2 MB for the gateway's benchmarks: 500 trees of depth 8 and a forest, over 200 machines."""

from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_bundle.compiler.ensemble import Ensemble, Tree
from edge_bundle.compiler.flatten import flatten
from edge_bundle.compiler.golden import build_golden
from edge_bundle.compiler.kernel.build import build_kernels
from edge_bundle.compiler.seal import DraftMember, seal
from edge_bundle.format import canonical_json
from edge_bundle.format.golden import score_rows
from edge_bundle.format.kernel import KERNEL_ABI
from edge_bundle.format.manifest import FeatureEntry, GoldenEntry, Manifest, ModelEntry, Threshold
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.pipeline import PIPELINE_PATH, FeatureRule, Limits, MachineRecord, MetricRule, Pipeline
from edge_bundle.format.reference_kernel import ReferenceKernel

MACHINES = 200
METRICS = {"temperature": "C", "vibration": "mm/s"}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TRUSTED = KEY.public_key().public_bytes_raw().hex()
_BEGAN_US = 1_500_000_000 * 1_000_000
_STATISTICS = ("mean", "deviation", "minimum", "maximum", "last", "slope", "warning_share")


def pipeline() -> Pipeline:
    """Buckets and grid of one minute, windows of 5 and 15 minutes: 28 features."""
    features = tuple(
        FeatureRule(f"{metric}_{name}_{length}s", "window", "1", metric, name, length, 1)
        for metric in METRICS
        for length in (300, 900)
        for name in _STATISTICS
    )
    limits = Limits(minimum=-1000.0, maximum=1000.0, warning_above=500.0, critical_above=600.0)
    metrics = {name: MetricRule(unit, 0.001, {unit: (1.0, 0.0)}, limits) for name, unit in METRICS.items()}
    machines = tuple(MachineRecord(f"m{at:03d}", "f1", _BEGAN_US, "a", {}) for at in range(MACHINES))
    return Pipeline(
        plant="bench",
        bucket_s=60,
        score_every_s=60,
        plant_began_us=_BEGAN_US,
        ahead_s=600,
        metrics=metrics,
        features=features,
        sources=(),
        machines=machines,
    )


def sealed(folder: Path, *, with_kernel: bool = True) -> Path:
    """The bundle's file; without the libraries the device scores in plain Python."""
    rules = pipeline().features
    models = {
        "failure_24h": _model(ModelKind.MARGIN, len(rules), 1, trees=500, depth=8),
        "anomaly": _model(ModelKind.DEPTH, len(rules), 2, trees=100, depth=6),
    }
    rows = np.random.default_rng(3).normal(50.0, 60.0, (16, len(rules))).astype(np.float32)
    kernel = ReferenceKernel()
    scores = {
        name: np.frombuffer(score_rows(kernel, model, rows.tobytes()), "<f4" if name != "anomaly" else "<f8")
        for name, model in models.items()
    }
    golden = build_golden(rows, scores, models)
    members = {path: DraftMember("golden", data) for path, data in golden.members.items()}
    for name, model in models.items():
        members[f"models/{name}.flat"] = DraftMember("model", model.blob)
    members[PIPELINE_PATH] = DraftMember("features", canonical_json.dumps(pipeline().to_document()))
    if with_kernel:
        build_kernels(folder / "kernel")
        for library in sorted((folder / "kernel").glob("*.so")):
            members[f"kernel/{library.name}"] = DraftMember("kernel", library.read_bytes())
    path = folder / ("bench.bundle" if with_kernel else "bench-python.bundle")
    path.write_bytes(seal(_manifest(models, golden.entry, rules), members, KEY))
    return path


def _manifest(models: dict[str, FlatModel], golden: GoldenEntry, rules: tuple[FeatureRule, ...]) -> Manifest:
    entries = tuple(_entry(name, model) for name, model in models.items())
    return Manifest(
        name="bench",
        version="1.0.0",
        build=1,
        rollback_floor=0,
        created_at="2026-01-02T03:04:05Z",
        expires_at=None,
        kernel_abi=KERNEL_ABI,
        plant="bench",
        score_every_s=60,
        signers=(),
        files={},
        models=entries,
        features=tuple(FeatureEntry(rule.name, rule.unit, None, None) for rule in rules),
        thresholds=(Threshold("alarm", "failure_24h", 1e6),),
        calibrations=(),
        golden=golden,
        trained_on={"gold.machine_features": 1},
        code_revision="0" * 40,
        outlooks=(),
    )


def _entry(name: str, model: FlatModel) -> ModelEntry:
    header = model.header
    return ModelEntry(
        name=name,
        kind=model.kind.label,
        file=f"models/{name}.flat",
        version="1",
        library="random trees",
        source_sha256="0" * 64,
        n_features=header.n_features,
        n_trees=header.n_trees,
        n_nodes=header.n_nodes,
        max_depth=header.max_depth,
        horizon_h=24 if model.kind is ModelKind.MARGIN else None,
    )


def _model(kind: ModelKind, n_features: int, seed: int, *, trees: int, depth: int) -> FlatModel:
    """Full trees with random splits."""
    rng = np.random.default_rng(seed)
    size = 2 ** (depth + 1) - 1
    nodes = np.arange(size)
    is_split = nodes < size // 2
    made = tuple(
        Tree(
            left=np.where(is_split, 2 * nodes + 1, -1).astype(np.int32),
            right=np.where(is_split, 2 * nodes + 2, -1).astype(np.int32),
            feature=rng.integers(0, n_features, size).astype(np.int32),
            threshold=rng.normal(50.0, 60.0, size).astype(np.float32),
            missing_left=rng.random(size) < 0.5,
            leaf=rng.normal(0.0, 0.3, size).astype(np.float32).astype(np.float64),
        )
        for _ in range(trees)
    )
    return flatten(Ensemble(kind, n_features, made, denominator=10.0 if kind is ModelKind.DEPTH else 0.0))
