"""Bundles of the right key that cannot work: each is refused when it is loaded, in one sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_bundle.compiler.ensemble import Ensemble, Tree
from edge_bundle.compiler.flatten import flatten
from edge_bundle.format import bounds
from edge_bundle.format.calibration import Calibration
from edge_bundle.format.errors import BundleError, GoldenError, ManifestError, ModelBlobError
from edge_bundle.format.golden import check_golden
from edge_bundle.format.manifest import GoldenEntry
from edge_bundle.format.model_blob import ModelKind
from edge_bundle.format.outlook import Outlook
from edge_bundle.format.pipeline import Limits, MachineRecord, MetricColumn, MetricRule, Pipeline, Source, TimeRule
from edge_bundle.format.pipeline_check import check
from edge_bundle.format.reach import check_reach, reach
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.gateway.trust.loading import load
from edge_bundle.gateway.trust.rehearsal import rehearse
from tests.edge_bundle.gateway.plants import random_model, sealed, small_pipeline
from tests.support.edge_models import TRUSTED

Change = Callable[[Pipeline], Pipeline]


def with_metric(**changes: Any) -> Change:
    def change(pipeline: Pipeline) -> Pipeline:
        metrics = dict(pipeline.metrics)
        metrics["temperature"] = replace(metrics["temperature"], **changes)
        return replace(pipeline, metrics=metrics)

    return change


def with_source(**changes: Any) -> Change:
    return lambda pipeline: replace(pipeline, sources=(replace(pipeline.sources[1], **changes),))


def with_feature(**changes: Any) -> Change:
    return lambda pipeline: replace(
        pipeline, features=(replace(pipeline.features[0], **changes), *pipeline.features[1:])
    )


def whole(**changes: Any) -> Change:
    return lambda pipeline: replace(pipeline, **changes)


def crowd(count: int) -> tuple[MachineRecord, ...]:
    return tuple(MachineRecord(f"m{number}", "f1", 0) for number in range(count))


IMPOSSIBLE: dict[str, tuple[Change, str]] = {
    "a resolution of 1e-18": (with_metric(resolution=1e-18), "resolution of temperature is 1e-18"),
    "the least resolution there is": (with_metric(resolution=5e-324), "resolution of temperature is 5e-324"),
    "a resolution of 0": (with_metric(resolution=0.0), "legal: above 0"),
    "a limit that cannot be counted": (with_metric(resolution=1e-9, limits=Limits(maximum=1e9)), "a limit of"),
    "an override that cannot": (with_metric(overrides=(Limits(critical_above=1e300),)), "a limit of temperature"),
    "no room between the limits": (with_metric(limits=Limits(minimum=2.0, maximum=1.0)), "above maximum"),
    "a factor of 1e300": (with_metric(units={"C": (1.0, 0.0), "F": (1e300, 0.0)}), "factor of F"),
    "a factor of 0": (with_metric(units={"C": (1.0, 0.0), "F": (0.0, 0.0)}), "factor of F"),
    "too many units": (with_metric(units={"C": (1.0, 0.0)} | {f"u{n}": (2.0, 0.0) for n in range(64)}), "65 units"),
    "a template of itself": (with_source(templates={"code": "{code}"}), "template of code leads back to itself"),
    "templates in a circle": (
        with_source(templates={"code": "{metric}", "metric": "{unit}", "unit": "x{code}"}), "leads back to itself",
    ),
    "a circle through the table of sensors": (
        with_source(templates={"sensor_id": "{machine_id}"}, machine_of={"s": "m"}), "leads back to itself",
    ),
    "a template of a gigabyte": (with_source(templates={"code": "{machine_id:>999999999}"}), "template"),
    "a template that looks inside": (with_source(templates={"code": "{machine_id.__class__}"}), "template"),
    "a template that does not end": (with_source(templates={"code": "{machine_id"}), "template"),
    "a delimiter of two characters": (with_source(delimiter=";;"), "delimiter ';;'"),
    "no delimiter": (with_source(delimiter=""), "delimiter ''"),
    "a quotation mark as delimiter": (with_source(delimiter='"'), "delimiter"),
    "a line end as delimiter": (with_source(delimiter="\n"), "delimiter"),
    "a zone that leads out": (with_source(time=TimeRule("at", "local", "../../etc/passwd")), "zone"),
    "a zone of nothing": (with_source(time=TimeRule("at", "local", "")), "zone"),
    "a divisor of 0": (with_source(metrics=(MetricColumn("t", "temperature", "C", 0.0),)), "divisor 0.0"),
    "a divisor of nearly 0": (with_source(metrics=(MetricColumn("t", "temperature", "C", 1e-300),)), "divisor 1e-300"),
    "a text of a megabyte": (with_source(constants={"code": "x" * 1_000_000}), "1000000 characters"),
    "a long table": (with_source(machine_of={str(n): "m" for n in range(20_001)}), "20001 machine_of"),
    "10,001 machines": (whole(machines=crowd(10_001)), "10001 records of machines; legal are at most 10000"),
    "a machine with a long name": (whole(machines=(MachineRecord("m" * 129, "f", 0),)), "has 129 bytes; legal are 128"),
    "257 metrics": (
        whole(metrics={f"t{n}": MetricRule("C", 0.1, {"C": (1.0, 0.0)}) for n in range(257)}), "257 metrics",
    ),
    "a window of a thousand years": (with_feature(window_s=300 * 10**8), "window_s 30000000000"),
    "a window of more buckets than are looked at": (with_feature(window_s=60 * 50_001), "50001 buckets"),
    "a bucket of a month": (whole(bucket_s=30 * 86_400, score_every_s=30 * 86_400), "bucket_s is 2592000"),
    "a score each century": (whole(score_every_s=3_155_760_000), "score_every_s is 3155760000"),
    "clocks a century ahead": (whole(ahead_s=3_155_760_000), "ahead_s is 3155760000"),
    "300 sources": (
        whole(sources=tuple(Source(f"s{n}", "readings", time=TimeRule("t")) for n in range(300))), "300 sources",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_work_is_refused_when_it_is_loaded(tmp_path: Path, change: Change, said: str) -> None:
    path = tmp_path / "impossible.bundle"
    asked = change(small_pipeline())
    every_s = min(asked.score_every_s, bounds.MAX_SCORE_EVERY_S)
    path.write_bytes(sealed(small_pipeline(), document=asked, score_every_s=every_s))

    with pytest.raises(BundleError, match=said):
        load(path, [TRUSTED])


def test_150_000_machines_are_refused_before_anything_is_made_of_them() -> None:
    with pytest.raises(ManifestError, match="150000 records of machines; legal are at most 10000"):
        check(replace(small_pipeline(), machines=crowd(150_000)))


@pytest.mark.parametrize(
    "change",
    [
        with_metric(resolution=1e-9, limits=Limits(maximum=1e6)),
        with_source(templates={"code": "{machine_id}/{metric}", "metric": "m"}),
        with_source(delimiter="\t"),
        with_source(time=TimeRule("at", "local", "America/Argentina/Buenos_Aires")),
        whole(machines=crowd(bounds.MAX_MACHINE_RECORDS)),
        with_feature(window_s=60 * 50_000),
    ],
    ids=["resolution", "templates", "tab", "zone", "machines", "window"],
)
def test_what_lies_at_a_bound_still_works(tmp_path: Path, change: Change) -> None:
    path = tmp_path / "possible.bundle"
    path.write_bytes(sealed(change(small_pipeline())))

    assert load(path, [TRUSTED]).golden.rows == 16


def model_of(leaf: float, trees: int, kind: ModelKind = ModelKind.MARGIN, **header: float) -> Ensemble:
    """Trees of one split whose leaves are all alike."""
    tree = Tree(
        left=np.array([1, -1, -1], np.int32),
        right=np.array([2, -1, -1], np.int32),
        feature=np.zeros(3, np.int32),
        threshold=np.array([1e38, 0, 0], np.float32),
        missing_left=np.ones(3, np.bool_),
        leaf=np.full(3, leaf),
    )
    return Ensemble(kind, 1, (tree,) * trees, **header)


@pytest.mark.parametrize(
    ("ensemble", "found"),
    [
        (model_of(3e38, 2), 6e38),
        (model_of(-3e38, 2), 6e38),
        (model_of(2.0**24, 1, base_margin=1.0), 2.0**24 + 1),
        (model_of(1e300, 1, ModelKind.DEPTH, denominator=1.0), 1e300),
    ],
    ids=["overflows", "to the other side", "just beyond", "path lengths"],
)
def test_margins_that_could_overflow_are_refused(ensemble: Ensemble, found: float) -> None:
    model = flatten(ensemble)

    assert reach(model) == pytest.approx(found)
    with pytest.raises(ModelBlobError, match="legal are sums up to"):
        check_reach(model)


def test_the_reach_is_never_below_what_a_row_scores() -> None:
    rows = np.random.default_rng(5).normal(50.0, 60.0, (200, 6)).astype(np.float32)
    kernel = ReferenceKernel()
    for seed in range(5):
        margin = random_model(ModelKind.MARGIN, 6, seed)
        depth = random_model(ModelKind.DEPTH, 6, seed)
        found = np.frombuffer(kernel.margins(margin, rows.tobytes()), "<f4")
        assert np.abs(found).max() <= reach(margin)
        assert np.abs(np.frombuffer(kernel.depths(depth, rows.tobytes()), "<f8")).max() <= reach(depth)
        check_reach(margin)
        check_reach(depth)


def test_golden_rows_that_take_for_ever_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    path.write_bytes(sealed(small_pipeline()))
    loaded = load(path, [TRUSTED])
    many = GoldenEntry(loaded.bundle.manifest.golden.rows, 10**6, loaded.bundle.manifest.golden.scores)
    lying = replace(loaded.bundle, manifest=replace(loaded.bundle.manifest, golden=many))

    models = {entry.name: loaded.bundle.model(entry.name) for entry in loaded.bundle.manifest.models}
    with pytest.raises(GoldenError, match="1000000 golden rows"):
        check_golden(lying, models, ReferenceKernel())


@pytest.mark.parametrize(
    "knots", [((0.0, 5e-324), (0.0, 1.0)), (tuple(map(float, range(5000))), (0.5,) * 5000)], ids=["steep", "many"]
)
def test_a_calibration_whose_lines_have_no_slope_is_refused(knots: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    assert not Calibration("failure_24h", "isotonic", 0.0, 0.0, *knots).is_legal()
    assert Calibration("failure_24h", "isotonic", 0.0, 0.0, (0.0, 0.0, 1.0), (0.0, 0.5, 1.0)).is_legal()


def test_hours_have_an_end() -> None:
    assert not Outlook(1e300, 1.0, None, 0.5).is_legal()
    assert Outlook(None, 1e6, None, 0.5).is_legal()


class Odd:
    """Models whose score is no number, as an overflow would make it."""

    def __init__(self, scorer: Any) -> None:
        self._scorer = scorer

    def score(self, row: list[float]) -> Any:
        score = self._scorer.score(row)
        first, *others = score.prediction.models
        odd = (dataclasses.replace(first, score=float("inf")), *others)
        return dataclasses.replace(score, prediction=dataclasses.replace(score.prediction, models=odd))


def test_a_row_that_does_not_come_through_says_where(tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    path.write_bytes(sealed(small_pipeline()))
    loaded = load(path, [TRUSTED])

    with pytest.raises(BundleError, match="a made-up row scores margin inf"):
        rehearse(loaded.pipeline, Odd(loaded.scorer))  # type: ignore[arg-type]  # it scores as a scorer does
