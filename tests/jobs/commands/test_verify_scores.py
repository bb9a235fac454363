"""Stored scores and their reasons are made again by the bundle that made them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from jobs.runtime.exits import ExitCode
from jobs.runtime.settings import Settings
from tests.support.commands import assay, snapshot
from tests.support.scored_lake import score_and_land, two_days

NAMES = ("gold.predictions", "gold.alarm_reasons")


@pytest.fixture
def lake(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """Two days of every machine, scored in batch, then by a gateway."""
    settings = two_days(sealed_lake, tmp_path)
    score_and_land(settings, "g1")
    assay(settings, "score")
    return settings


def test_scores_come_out_again_commit_by_commit_and_a_changed_one_is_named(lake: Settings) -> None:
    before = snapshot(lake.lake)

    report = assay(lake, "verify", *NAMES, "--all")

    scores, reasons = report.data["tables"]
    assert (scores["verdict"], reasons["verdict"]) == ("equal", "equal"), report.lines
    assert scores["parts"] == (2, 2)
    assert reasons["rows"]
    assert snapshot(lake.lake) == before
    file = min((lake.lake / "gold/predictions").rglob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    with pq.ParquetFile(file) as stored:
        rows = stored.read()
    place = rows.column_names.index("margin")
    pq.write_table(rows.set_column(place, "margin", pc.negate(rows.column("margin"))), file)

    changed = assay(lake, "verify", NAMES[0])

    (found,) = changed.data["tables"]
    assert changed.exit_code is ExitCode.REFUSED
    assert (found["verdict"], {one["column"] for one in found["named"]}) == ("different", {"margin"})
    assert all(one["stored"] == -one["built"] for one in found["named"])


def test_without_the_bundle_nobody_can_say(lake: Settings) -> None:
    (bundle,) = (lake.lake / "bundles").glob("*.assay")
    bundle.unlink()

    (found,) = assay(lake, "verify", NAMES[0]).data["tables"]

    assert found["verdict"] == "cannot"
    assert "that scored is not on the shelf" in found["notes"][0]
