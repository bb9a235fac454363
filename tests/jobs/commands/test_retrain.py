"""`assay retrain` promotes and seals what its gate agrees to, and leaves all as it is where the gate refuses."""

from pathlib import Path

from expectations.tables.gold import GATE_DECISIONS, MODEL_ALIASES, MODEL_VERSIONS
from expectations.tables.gold_savings import BUNDLES
from jobs.runtime.exits import ExitCode
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from tests.support.commands import assay, snapshot
from tests.support.model_lake import ROUNDS, clone


def test_a_version_that_is_champion_already_changes_nothing(sealed_lake: Settings) -> None:
    before = snapshot(sealed_lake.lake)

    report = assay(sealed_lake, "retrain", *ROUNDS)

    assert (report.changed, report.exit_code, list(report.data["steps"])) == (
        False, ExitCode.DONE, ["train", "promote", "bundle"],
    )  # fmt: skip
    assert snapshot(sealed_lake.lake) == before


def test_a_gate_that_refuses_leaves_champion_and_bundle_and_says_why(sealed_lake: Settings, tmp_path: Path) -> None:
    """A model of stumps that learns nothing: too few failures say whether it is better."""
    lake = clone(sealed_lake, tmp_path)
    plant = load_plant(lake)
    stored = {table.name: plant.lake.arrow(table).to_pylist() for table in (MODEL_VERSIONS, MODEL_ALIASES, BUNDLES)}

    report = assay(
        lake, "retrain", *ROUNDS, "--set", "failure.max_depth=1,failure.eta=0.001", "--reason", "a new sensor"
    )

    assert (report.changed, report.exit_code) == (True, ExitCode.REFUSED)
    assert report.data["reasons"]
    assert "bundle" not in report.data["steps"]
    after = load_plant(lake).lake
    champions = [row for row in after.arrow(MODEL_ALIASES).to_pylist() if row["alias"] == "champion"]
    assert champions == [row for row in stored[MODEL_ALIASES.name] if row["alias"] == "champion"]
    assert after.arrow(BUNDLES).to_pylist() == stored[BUNDLES.name]
    assert after.row_count(MODEL_VERSIONS) == len(stored[MODEL_VERSIONS.name]) + 1
    assert "a new sensor" in {row["reason"] for row in after.arrow(GATE_DECISIONS).to_pylist()}
