"""Pipelines and sealed bundles for the gateway's tests: a small plant by hand, the Azure plant from its profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from edge_bundle.compiler.ensemble import Ensemble, Tree
from edge_bundle.compiler.flatten import flatten
from edge_bundle.compiler.golden import build_golden
from edge_bundle.compiler.seal import DraftMember, seal
from edge_bundle.format import canonical_json
from edge_bundle.format.golden import score_rows
from edge_bundle.format.manifest import FeatureEntry, Threshold
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.pipeline import (
    PIPELINE_PATH,
    FeatureRule,
    Limits,
    MachineRecord,
    MetricRule,
    Pipeline,
    Source,
    TimeRule,
)
from edge_bundle.format.reference_kernel import ReferenceKernel
from expectations.mapping.file import load_mappings
from expectations.plant.file import load_profile
from expectations.units import conversion
from jobs.edge.pipeline_document import pipeline_of
from tests.support.edge_models import SIGNING_KEY, draft_manifest, model_entry, own_library, own_library_bytes

AZURE = Path(__file__).resolve().parents[4] / "shared" / "data" / "azure_pdm"
HOUR_US = 3_600_000_000
US = 1_000_000
READINGS_COLUMNS = ("sensor_id", "machine_id", "factory_id", "metric", "value", "unit")


def need_azure() -> None:
    if not AZURE.exists():
        pytest.skip("the Azure slice ../shared/data/azure_pdm is not on this machine")


def own_columns(*names: str) -> dict[str, str]:
    return {name: name for name in names}


@lru_cache(maxsize=1)
def small_pipeline() -> Pipeline:
    """One-minute buckets, a grid of 5 minutes, two metrics, every kind of feature."""
    statistics = ("mean", "deviation", "minimum", "maximum", "last", "slope", "warning_share")
    windows = tuple(
        FeatureRule(f"{metric}_{name}_{w}s", "window", "1", metric, name, w, least)
        for metric in ("temperature", "vibration")
        for w, least in ((300, 1), (900, 3))
        for name in statistics
    )
    others = (
        FeatureRule("error_e1_10min_count", "event_count", "1", window_s=600, event_kind="error", code="e1"),
        FeatureRule("failure_10min_count", "event_count", "1", window_s=600, event_kind="failure"),
        FeatureRule("since_maintenance_h", "hours_since", "h", event_kind="maintenance"),
        FeatureRule("age_years", "attribute", "1", attribute="age_years"),
        FeatureRule("is_machine_model_a", "level", "1", attribute="machine_model", level="a"),
    )
    temperature = MetricRule(
        "C",
        0.01,
        {"C": (1.0, 0.0), "F": conversion("F", "C")},
        Limits(minimum=-50.0, maximum=200.0, warning_above=100.0, critical_above=120.0, warning_below=5.0),
        (
            Limits(minimum=-50.0, maximum=200.0, warning_above=150.0, machine_model="b"),
            Limits(minimum=-50.0, maximum=200.0, warning_above=180.0, machine_id="m9"),
        ),
    )
    vibration = MetricRule("mm/s", 0.001, {"mm/s": (1.0, 0.0)}, Limits(minimum=0.0, maximum=100.0, critical_above=80.0))
    return Pipeline(
        plant="small",
        bucket_s=60,
        score_every_s=300,
        plant_began_us=1_500_000_000 * US,
        ahead_s=600,
        metrics={"temperature": temperature, "vibration": vibration},
        features=windows + others,
        sources=(
            Source(
                "readings",
                "readings",
                ("readings*.jsonl", "readings*.jsonl.gz"),
                time=TimeRule("measured_at"),
                columns=own_columns(*READINGS_COLUMNS),
            ),
            Source(
                "failures",
                "failures",
                ("failures*.csv",),
                format="csv",
                time=TimeRule("at", "local"),
                columns={"machine_id": "machine", "code": "what"},
                constants={"factory_id": "f1"},
            ),
        ),
        machines=(
            MachineRecord("m1", "f1", 1_500_000_000 * US, "a", {"age_years": "7"}),
            MachineRecord("m2", "f1", 1_500_000_000 * US, "b", {"age_years": "12"}),
        ),
    )


@lru_cache(maxsize=1)
def azure_pipeline() -> Pipeline:
    feeds = ("readings", "machines", "maintenance", "failures", "errors")
    mappings = tuple(mapping for mapping in load_mappings("azure_pdm") if mapping.feed.name in feeds)
    return pipeline_of(load_profile("azure_pdm"), mappings, [])


def random_model(kind: ModelKind, n_features: int, seed: int, n_trees: int = 20) -> FlatModel:
    """Full trees of depth 3 with random splits."""
    rng = np.random.default_rng(seed)
    nodes = np.arange(15)
    is_split = nodes < 7
    trees = tuple(
        Tree(
            left=np.where(is_split, 2 * nodes + 1, -1).astype(np.int32),
            right=np.where(is_split, 2 * nodes + 2, -1).astype(np.int32),
            feature=rng.integers(0, n_features, 15).astype(np.int32),
            threshold=rng.normal(50.0, 60.0, 15).astype(np.float32),
            missing_left=rng.random(15) < 0.5,
            leaf=rng.normal(0.0, 0.3, 15).astype(np.float32).astype(np.float64),
        )
        for _ in range(n_trees)
    )
    return flatten(Ensemble(kind, n_features, trees, denominator=10.0 if kind is ModelKind.DEPTH else 0.0))


def sealed(
    pipeline: Pipeline,
    *,
    document: Pipeline | None = None,
    expires_at: str | None = None,
    others: Mapping[str, DraftMember] = MappingProxyType({}),
    build: int = 1,
    rollback_floor: int = 0,
    library: bytes | None = None,
    **changes: Any,
) -> bytes:
    """A bundle of the pipeline with two random models and `others`, signed by `SIGNING_KEY`.

    `changes` are further fields of the manifest. `document` stands in it instead of the pipeline, and `library` instead
    of this machine's; empty bytes for none.
    """
    given = own_library_bytes() if library is None else library
    others = {**others, **({f"kernel/{own_library()}": DraftMember("kernel", given)} if given else {})}
    n_features = len(pipeline.features)
    models = {
        "failure_24h": random_model(ModelKind.MARGIN, n_features, 1),
        "anomaly": random_model(ModelKind.DEPTH, n_features, 2),
    }
    rows = np.random.default_rng(3).normal(50.0, 60.0, (16, n_features)).astype(np.float32)
    rows[::3, ::4] = np.nan
    scores = {
        name: np.frombuffer(score_rows(ReferenceKernel(), model, rows.tobytes()), "<f4" if name != "anomaly" else "<f8")
        for name, model in models.items()
    }
    golden = build_golden(rows, scores, models)
    members = {**others, **{path: DraftMember("golden", data) for path, data in golden.members.items()}}
    for name, model in models.items():
        members[f"models/{name}.flat"] = DraftMember("model", model.blob)
    members[PIPELINE_PATH] = DraftMember("features", canonical_json.dumps((document or pipeline).to_document()))
    entries = tuple(model_entry(name, f"models/{name}.flat", model) for name, model in models.items())
    draft = replace(
        draft_manifest(entries, golden.entry, n_features),
        plant=pipeline.plant,
        build=build,
        rollback_floor=rollback_floor,
        expires_at=expires_at,
        score_every_s=pipeline.score_every_s,
        features=tuple(FeatureEntry(rule.name, rule.unit, None, None) for rule in pipeline.features),
        thresholds=(
            Threshold("alarm", "failure_24h", float(np.float32(0.0))),
            Threshold("maintenance", "failure_24h", float(np.float32(1.0))),
            Threshold("safe_stop", "failure_24h", float(np.float32(2.5))),
            Threshold("anomaly", "anomaly", 8.5),
        ),
    )
    draft = replace(draft, **changes)
    return seal(draft, members, SIGNING_KEY)


@lru_cache(maxsize=1)
def small_bundle_bytes() -> bytes:
    return sealed(small_pipeline())


@lru_cache(maxsize=1)
def azure_bundle_bytes() -> bytes:
    return sealed(azure_pipeline())
