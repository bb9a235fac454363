"""`assay quality` on scores in shadow: figures of their own, none of the champion's, and what is said of them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.tables.gold import MODEL_ALIASES, MODEL_VERSIONS, PREDICTIONS
from expectations.tables.gold_missed import MISSED_FAILURES
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from expectations.tables.gold_savings import MAINTENANCE_SAVINGS
from expectations.tables.gold_shadow import SHADOW_PREDICTIONS
from expectations.tables.gold_stages import ALARM_STAGES
from jobs.ask.job import Form, asked
from jobs.models import registry
from jobs.quality.job import check
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.publish.rows import arrow_rows
from tests.support.commands import assay
from tests.support.model_lake import clone
from tests.support.past_the_gate import put_rows
from tests.support.registry_rows import champion_of
from tests.support.unseen_scores import HOURS, put_failures, put_scores, seen_until, with_prices

OTHER = "0123456789abcdef"
OF_CHAMPION = (MAINTENANCE_SAVINGS, ALARM_STAGES, MISSED_FAILURES)


@pytest.fixture
def scored(sealed_lake: Settings, tmp_path: Path) -> Settings:
    """The champion catches one failure of two, with one false alarm; a version in shadow catches both, with none."""
    settings = with_prices(sealed_lake, tmp_path)
    put_scores(settings)
    put_failures(settings, one=72, two=152)
    put_challenger(settings)
    return settings


def put_challenger(settings: Settings) -> None:
    plant = load_plant(settings)
    (row,) = plant.lake.arrow(MODEL_VERSIONS).to_pylist()
    put_rows(plant.lake, MODEL_VERSIONS, arrow_rows([row | {"version": OTHER}], MODEL_VERSIONS))
    newest = registry.aliases(plant)[-1]
    alias = replace(newest, alias="challenger", version=OTHER, sequence=newest.sequence + 1)
    row = {name: getattr(alias, name) for name in MODEL_ALIASES.column_names}
    put_rows(plant.lake, MODEL_ALIASES, arrow_rows([row], MODEL_ALIASES))


def put_shadow(settings: Settings, alarms: dict[str, range]) -> None:
    plant, since = load_plant(settings), seen_until(settings)
    scores = [
        row for row in plant.lake.arrow(PREDICTIONS).to_pylist() if row["scored_at"] > since + timedelta(hours=24)
    ]
    hours = {
        machine: {since + timedelta(hours=hour) for hour in its} for machine, its in alarms.items()
    }  # fmt: skip
    rows = [
        {name: row.get(name) for name in SHADOW_PREDICTIONS.column_names}
        | {"model_version": OTHER, "made_at": since,
           "decision": "watch" if row["scored_at"] in hours[row["machine_id"]] else "none"}
        for row in scores
    ]  # fmt: skip
    put_rows(plant.lake, SHADOW_PREDICTIONS, arrow_rows(rows, SHADOW_PREDICTIONS))


def counted(settings: Settings) -> list[dict[str, Any]]:
    plant = load_plant(settings)
    check(plant, seen_until(settings) + timedelta(hours=HOURS))
    found: list[dict[str, Any]] = plant.lake.arrow(MODEL_PERFORMANCE).to_pylist()
    return found


def test_the_shadow_has_figures_of_its_own_and_the_champions_stay(scored: Settings, tmp_path: Path) -> None:
    alone = clone(scored, tmp_path / "alone")
    put_shadow(scored, {"one": range(60, 72), "two": range(140, 152)})

    rows, without = counted(scored), counted(alone)

    assert [row for row in rows if row["source"] != "shadow"] == without
    (row,) = [row for row in rows if (row["source"], row["period"], row["slice"]) == ("shadow", "all", "fleet")]
    assert (row["model_version"], row["event_count"], row["caught_count"], row["false_count"]) == (OTHER, 2, 2, 0)
    for table in OF_CHAMPION:
        assert load_plant(scored).lake.arrow(table).equals(load_plant(alone).lake.arrow(table))


def test_list_show_diff_and_questions_say_what_it_did(scored: Settings) -> None:
    put_shadow(scored, {"one": range(60, 72), "two": range(140, 152)})
    counted(scored)

    listed = assay(scored, "models", "list").lines
    (line,) = [line for line in listed if line.startswith(OTHER)]
    shown = assay(scored, "models", "show", OTHER)
    diff = assay(scored, "models", "diff", str(champion_of(scored)), OTHER)

    assert ", in shadow" in line
    assert sum(", in shadow" in line for line in listed) == 1
    assert any("in shadow: " in line and "2 of 2 failures announced in time, 0 false" in line for line in shown.lines)
    assert shown.data["shadow"]["caught_count"] == 2
    mine, theirs = diff.data["weeks"]["same"]
    assert mine["weeks"] == theirs["weeks"]
    assert (mine["source"], theirs["source"]) == ("batch", "shadow")
    assert (mine["event_count"], theirs["event_count"]) == (theirs["caught_count"],) * 2
    assert any(line.strip().startswith(f"{OTHER} (shadow): ") for line in diff.lines)
    assert answered(scored, "accuracy", "weeks=100") == {"batch"}
    assert answered(scored, "shadow", "weeks=100") == {"batch", "shadow"}


def answered(settings: Settings, question: str, *changes: str) -> set[str]:
    data = asked(settings, question, changes, Form(as_json=True)).data
    return {row[data["columns"].index("source")] for row in data["rows"]}
