"""A bundle of an earlier runtime predicts here what that code predicted, in every bit and column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.float_rows import split_rows
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.model_scorers import scorer_of
from edge_bundle.format.prediction import Predictor
from tests.support.edge_models import TRUSTED, kernel_folder
from tests.support.old_code import OldCode

OLD, COMMIT = Path(__file__).with_name("bundles") / "runtime-1.0.0.assay", "1f54178"

OLD_SCRIPT = """
import json, sys
from edge_bundle.format.bundle import open_bundle
from edge_bundle.format.judgement import Judge
from edge_bundle.format.model_blob import ModelKind
from edge_bundle.format.reference_kernel import ReferenceKernel, split_rows

bundle = open_bundle(sys.argv[1], [bytes.fromhex(sys.argv[2])])
models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
kernel, judge, found = ReferenceKernel(), Judge(bundle.manifest), []
for row in split_rows(next(iter(models.values())), bundle.member(bundle.manifest.golden.rows)):
    scores = {
        name: kernel.margin(model, row) if model.kind is ModelKind.MARGIN else kernel.depth(model, row)
        for name, model in models.items()
    }
    columns = judge.judge(scores).columns()
    found.append({name: value.hex() if isinstance(value, float) else value for name, value in columns.items()})
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The columns that the earlier code predicted for each golden row."""
    code = OldCode(COMMIT, tmp_path_factory.mktemp("code"))
    found: list[dict[str, Any]] = json.loads(code.script(OLD_SCRIPT, str(OLD), TRUSTED.hex()))
    return found


def test_a_former_bundle_predicts_the_same_bits(former: list[dict[str, Any]]) -> None:
    bundle, kernel = open_bundle(OLD, [TRUSTED]), load_kernel(kernel_folder())
    models = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
    rows = split_rows(next(iter(models.values())), bundle.member(bundle.manifest.golden.rows))

    found = []
    for row in rows:
        scores = {name: scorer_of(model.label).score(kernel, model, row) for name, model in models.items()}
        columns = Predictor(bundle.manifest).predict(scores).columns()
        found.append({name: value.hex() if isinstance(value, float) else value for name, value in columns.items()})

    assert len(former) == bundle.manifest.golden.count
    assert {one["decision"] for one in former} != {"none"}
    unknown = dict.fromkeys(("probability_low", "probability_high", "model_scores", "not_scored_reason"))
    assert found == [{**one, **unknown} for one in former]
