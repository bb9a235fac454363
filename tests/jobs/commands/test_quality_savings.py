"""`assay quality` on scores of a sealed bundle: which of them count, and the money of their alarms by hand."""

import hashlib
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge_bundle.format.bundle import leaders
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.gold_savings import BUNDLES, MAINTENANCE_SAVINGS
from jobs.diagnosis.emptiness import not_in_profile
from jobs.quality.job import check
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.commit_metadata import CommitMetadata, LabelBasis, LabelRules
from lakehouse.publish.rows import arrow_rows
from lakehouse.writing.metadata import record_metadata
from tests.support.commands import assay, snapshot
from tests.support.model_lake import FACTORY, clone, put_table
from tests.support.past_the_gate import put_rows
from tests.support.unseen_scores import HOURS, bundles, put_failures, put_scores, seen_until, with_prices


@pytest.fixture
def priced(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """A copy of a lake with a sealed champion, of a plant with prices."""
    return with_prices(sealed_lake, tmp_path)


def counted(settings: Settings) -> tuple[RunReport, list[dict[str, Any]]]:
    plant = load_plant(settings)
    report = check(plant, seen_until(settings) + timedelta(hours=HOURS))
    return report, plant.lake.arrow(MAINTENANCE_SAVINGS).to_pylist()


def forget(settings: Settings) -> None:
    """Let `gold.bundles` be as older code wrote it."""
    plant = load_plant(settings)
    old = plant.lake.arrow(BUNDLES).drop_columns(["sha256", "learnt_until_at"])
    shutil.rmtree(plant.lake.path(BUNDLES))
    put_table(plant, BUNDLES.name, old)


def test_a_bundle_says_of_which_version_it_is_and_what_that_had_seen(priced: Settings) -> None:
    (bundle,) = bundles(priced)
    plant = load_plant(priced)
    (version,) = plant.lake.arrow(plant.tables["gold.model_versions"]).to_pylist()
    newest = max(plant.lake.arrow(plant.tables["gold.machine_features"]).column("scored_at").to_pylist())

    assert (bundle["model_version"], bundle["horizon"]) == (version["version"], "24h")
    assert bundle["seen_until_at"] == newest
    assert bundle["learnt_until_at"] == newest + timedelta(hours=24)
    (path,) = (priced.lake / "bundles").glob("*.assay")
    assert bundle["sha256"] == hashlib.sha256(leaders(path.read_bytes())[0]).hexdigest()


def test_a_row_that_older_code_recorded_gets_what_it_lacks(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    before = bundles(settings)
    forget(settings)
    assert "sha256" not in bundles(settings)[0]

    assay(settings, "bundle", "build")

    assert bundles(settings) == before


def test_a_bundle_that_older_code_sealed_is_recorded_by_the_next_build(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    before = bundles(settings)
    shutil.rmtree(settings.lake / "gold" / "bundles")
    assert bundles(settings) == []

    assert not assay(settings, "bundle", "build").changed

    assert bundles(settings) == before
    files = snapshot(settings.lake)
    assay(settings, "bundle", "build")
    assert snapshot(settings.lake) == files


def test_only_what_the_model_had_not_seen_counts_and_the_money_is_that_of_its_alarms(priced: Settings) -> None:
    """One failure caught ($3,000), one missed ($15,000), one call in vain ($500), instead of two missed ($30,000).

    The first day is the horizon behind what was seen: its alarm does not count. Of the last day nothing is known yet.
    """
    put_scores(priced)
    put_failures(priced, one=72, two=100)

    report, rows = counted(priced)

    (row,) = rows
    since = seen_until(priced)
    assert (row["first_scored_at"], row["last_scored_at"]) == (
        since + timedelta(hours=25), since + timedelta(hours=HOURS - 24),
    )  # fmt: skip
    assert (row["score_count"], row["machine_count"]) == (2 * 192, 2)
    assert (row["failure_count"], row["caught_count"], row["alarm_count"], row["vain_call_count"]) == (2, 1, 2, 1)
    assert (row["cost_cents"], row["without_alarms_cents"], row["savings_cents"]) == (1_850_000, 3_000_000, 1_150_000)
    assert (row["savings_low_cents"], row["savings_high_cents"]) == (-100_000, 2_400_000)
    line = next(line for line in report.lines if "alarms of version" in line)
    assert "11,500.00 USD saved (95 %: -1,000.00 USD to 24,000.00 USD) at 2 failures" in line


def test_money_of_a_bundle_that_older_code_recorded_is_the_same(priced: Settings) -> None:
    put_scores(priced)
    put_failures(priced, one=72, two=100)
    forget(priced)

    _, (row,) = counted(priced)

    assert (row["first_scored_at"], row["savings_cents"]) == (seen_until(priced) + timedelta(hours=25), 1_150_000)


@pytest.mark.parametrize(
    ("finding", "intervened", "confirmed", "vain"),
    [(None, 1, 0, 1), ("confirmed", 1, 1, 0), ("refuted", 0, 0, 1)],
    ids=["nobody says", "confirmed", "refuted"],
)
def test_an_alarm_that_ended_by_an_intervention_saves_nothing_and_is_counted_apart(
    priced: Settings, finding: str | None, intervened: int, confirmed: int, vain: int
) -> None:
    """Machine two was repaired in its alarm, in hour 153: an inspection of $500 either way, no failure prevented."""
    put_scores(priced)
    put_failures(priced, one=72)
    plant, at = load_plant(priced), seen_until(priced) + timedelta(hours=153)
    work = {"machine_id": "two", "factory_id": FACTORY, "occurred_at": at, "reason": "condition_based"}
    put_rows(plant.lake, INTERVENTIONS, arrow_rows([work | {"finding": finding}], INTERVENTIONS))

    report, (row,) = counted(priced)

    assert (row["intervened_count"], row["confirmed_count"], row["vain_call_count"]) == (intervened, confirmed, vain)
    assert (row["false_alarm_cost_cents"], row["intervention_cost_cents"]) == (vain * 50_000, confirmed * 50_000)
    assert (row["cost_cents"], row["savings_cents"]) == (350_000, 1_150_000)
    line = next(line for line in report.lines if "alarms of version" in line)
    assert ("1 alarm ended by an intervention" in line) == bool(intervened)


def test_a_failure_counts_only_as_far_as_failures_are_known(priced: Settings) -> None:
    """Failures are known until hour 101: the score of hour 77 is the last one whose next day is known."""
    put_scores(priced)
    put_failures(priced, one=72, two=110)
    counted(priced)
    plant = load_plant(priced)
    until = LabelBasis(seen_until(priced) + timedelta(hours=101), LabelRules(("24h",), 86_400))
    record_metadata(plant.lake, plant.tables["gold.failure_labels"], CommitMetadata(labels=until))

    _, rows = counted(priced)

    (row,) = rows
    assert row["last_scored_at"] == seen_until(priced) + timedelta(hours=77)
    assert (row["failure_count"], row["caught_count"], row["vain_call_count"]) == (1, 1, 0)


def test_sources_are_counted_apart_and_nothing_new_writes_nothing(priced: Settings) -> None:
    put_scores(priced)
    put_scores(priced, range(1, 121), source="edge")
    put_failures(priced, one=72, two=100)

    _, rows = counted(priced)
    assert [(row["source"], row["score_count"]) for row in rows] == [("batch", 2 * 192), ("edge", 2 * 96)]

    before = snapshot(priced.lake)
    report, _ = counted(priced)
    assert not report.changed
    assert snapshot(priced.lake) == before


def test_scores_that_the_model_had_seen_give_no_row_and_the_reason_is_said(priced: Settings) -> None:
    put_scores(priced, range(-HOURS, 1))

    _, rows = counted(priced)

    assert rows == []
    assert "its model must not have seen that time" in not_in_profile(load_plant(priced), MAINTENANCE_SAVINGS.name)


def test_a_plant_without_prices_has_no_savings(priced: Settings) -> None:
    settings = replace(priced, plant="azure_pdm")
    put_scores(settings)
    put_failures(settings, one=72)

    report, rows = counted(settings)

    assert rows == []
    assert not [line for line in report.lines if "saved" in line]
    assert "add [costs] to it" in not_in_profile(load_plant(settings), MAINTENANCE_SAVINGS.name)
