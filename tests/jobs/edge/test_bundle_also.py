"""`assay bundle build --also`: models of another horizon are sealed beside the champion's, scored, and stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge_bundle.format.bundle import open_bundle
from expectations.tables.gold import PREDICTIONS
from jobs.edge.signing import load_key
from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.commands import assay
from tests.support.model_lake import ROUNDS, clone


def test_another_horizon_is_sealed_beside_the_champion_and_stays(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    champion = registry.champion(load_plant(settings))
    before = assay(settings, "score")
    other = assay(settings, "train", *ROUNDS, "--horizon", "7d").data["version"]

    named = assay(settings, "bundle", "build", "--also", other)
    again = assay(settings, "bundle", "build")
    scored = assay(settings, "score")

    manifest = open_bundle(named.data["path"], [load_key(settings.keys).public]).manifest
    assert (named.changed, again.changed) == (True, False)
    assert [(entry.name, entry.version, entry.horizon_h) for entry in manifest.models] == [
        ("failure_24h", champion, 24), ("anomaly", champion, None), ("failure_7d", other, 168),
    ]  # fmt: skip
    assert (manifest.version, manifest.build, manifest.min_runtime) == ("1.1.0", 2, "1.5.0")
    assert before.data["batch"] == scored.data["batch"] > 0
    rows = load_plant(settings).lake.arrow(PREDICTIONS).to_pylist()
    first = {(row["machine_id"], row["scored_at"]): row for row in rows if row["bundle"].endswith("+1")}
    second = [row for row in rows if row["bundle"].endswith("+2")]
    assert {row["model_scores"] for row in first.values()} == {None}
    assert len(second) == len(first)
    for row in second:
        listed = {one["model"]: one for one in json.loads(row["model_scores"])}
        former = first[row["machine_id"], row["scored_at"]]
        assert (row["margin"], row["path_length"]) == (former["margin"], former["path_length"])
        assert listed["failure_24h"]["score"] == row["margin"]
        assert listed["failure_7d"]["horizon"] == "168h"


def test_a_version_that_is_not_there_or_named_twice_is_refused(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    champion = str(registry.champion(load_plant(settings)))

    with pytest.raises(UsageError, match="there is no version 'nope'; name one of gold"):
        assay(settings, "bundle", "build", "--also", "nope")
    with pytest.raises(UsageError, match="named twice, or is the champion"):
        assay(settings, "bundle", "build", "--also", champion)
