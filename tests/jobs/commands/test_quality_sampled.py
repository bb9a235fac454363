"""Scores that are drawn for technicians, what they find, and what it says of all scores: by hand."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from expectations.tables.silver_feeds import ALARM_ANSWERS
from gold.sample_draw import draw_number
from jobs.ask.job import Form, asked
from jobs.quality.job import check
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.publish.rows import arrow_rows
from tests.support.commands import assay, snapshot
from tests.support.model_lake import FACTORY, put_table
from tests.support.past_the_gate import put_rows
from tests.support.scored_lake import keep, predictions, two_days
from tests.support.unseen_scores import HOURS, put_failures, put_scores, seen_until, with_prices

DRAWN = {("one", 62): 0.05, ("one", 100): 0.01, ("two", 151): 0.05, ("two", 120): 0.01, ("two", 239): 0.01}
"""Machine and hour -> probability; in hours 62 and 151 an alarm is active, and hour 239 can still be answered."""


@pytest.fixture
def priced(sealed_lake: Settings, tmp_path: Path) -> Settings:
    settings = with_prices(sealed_lake, tmp_path)
    put_scores(settings)
    put_failures(settings, one=72)
    since, plant = seen_until(settings), load_plant(settings)
    rows = plant.lake.arrow(PREDICTIONS).to_pylist()
    for row in rows:
        row["sampled_frac"] = DRAWN.get((row["machine_id"], (row["scored_at"] - since) // timedelta(hours=1)))
    put_table(plant, PREDICTIONS.name, arrow_rows(rows, PREDICTIONS))
    return settings


def put_answers(settings: Settings, *answers: tuple[str, float, str]) -> None:
    since, nothing = seen_until(settings), dict.fromkeys(ALARM_ANSWERS.column_names)
    rows = [
        nothing | {"machine_id": machine, "factory_id": FACTORY, "answered_at": since + timedelta(hours=hour),
                   "answer": answer}
        for machine, hour, answer in answers
    ]  # fmt: skip
    put_rows(load_plant(settings).lake, ALARM_ANSWERS, arrow_rows(rows, ALARM_ANSWERS))


def whole(settings: Settings) -> dict[str, Any]:
    plant = load_plant(settings)
    check(plant, seen_until(settings) + timedelta(hours=HOURS))
    rows = plant.lake.arrow(MODEL_PERFORMANCE).to_pylist()
    found: list[dict[str, Any]] = [row for row in rows if (row["period"], row["slice"]) == ("all", "fleet")]
    return found[0]


def test_answers_at_drawn_scores_are_weighted_by_what_they_represent(priced: Settings) -> None:
    """Defects in alarm weigh 20, the one without 100; the alarm of the other machine was vain."""
    put_answers(priced, ("one", 63, "confirmed"), ("one", 110.5, "confirmed"), ("two", 152, "refuted"),
                ("two", 121, "refuted"))  # fmt: skip

    row = whole(priced)

    assert (row["sampled_count"], row["answered_count"]) == (4, 4)
    assert row["sampled_recall"] == pytest.approx(20 / (20 + 100))
    assert row["sampled_precision"] == pytest.approx(20 / (20 + 20))
    assert 0 < row["sampled_recall_low"] < 1 / 6 < row["sampled_recall_high"] < 1


def test_the_first_finding_in_time_counts_and_what_finds_nothing_out_is_no_answer(priced: Settings) -> None:
    put_answers(
        priced, ("one", 62, "refuted"), ("one", 63, "acknowledged"), ("one", 64, "unclear"), ("one", 65, "confirmed"),
        ("one", 66, "refuted"), ("one", 148.5, "confirmed"), ("two", 121, "refuted"),
    )  # fmt: skip

    row = whole(priced)

    # Hour 62's finding is not behind its score, hour 148.5's comes too late for the score of hour 100.
    assert (row["sampled_count"], row["answered_count"]) == (4, 2)
    # One of two requests is answered: it represents both.
    assert (row["sampled_recall"], row["sampled_precision"]) == (1.0, 1.0)


def test_without_answers_nothing_is_estimated_and_the_list_has_what_can_still_be_answered(priced: Settings) -> None:
    row = whole(priced)

    assert (row["sampled_count"], row["answered_count"], row["sampled_recall"]) == (4, 0, None)
    (open_,) = listed(priced)
    assert (open_["machine_id"], open_["kind"], open_["finding"]) == ("two", "sample", None)
    assert open_["do_this"].startswith("look at the machine")
    put_answers(priced, ("two", 239.5, "refuted"))
    assert [(one["machine_id"], one["finding"]) for one in listed(priced)] == [("two", "refuted")]
    assert len(listed(priced, "hours=200")) == 5


def listed(settings: Settings, *changes: str) -> list[dict[str, Any]]:
    data = asked(settings, "inspections", changes, Form(as_json=True)).data
    return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]


def test_scores_are_drawn_once_by_hash_among_those_that_are_predictions_and_in_time(
    sealed_lake: Settings, tmp_path: Path
) -> None:
    settings = two_days(sealed_lake, tmp_path)
    plant = load_plant(settings)
    known = keep(settings, hours=48)
    rows = known.to_pandas()
    rows["scored_at"] += timedelta(days=7)
    rows["scored_date"] = rows["scored_at"].dt.date
    later = pa.Table.from_pandas(rows, schema=known.schema, preserve_index=False)
    put_table(plant, "gold.machine_features", pa.concat_tables([known, later]))
    newest = rows["scored_at"].max()
    home = tmp_path / "own" / Path(settings.plant).name
    shutil.copytree(settings.plant, home)
    settings = replace(settings, plant=str(home))
    with (home / "policy.toml").open("a") as out:
        for name, value in (("quiet_frac", 0.2), ("request_frac", 0.9), ("answer_hours", 24.0)):
            unit = "h" if name == "answer_hours" else "1"
            out.write(f'[sample_{name}]\nvalue = {value}\nunit = "{unit}"\nsource = "a test"\n')

    assay(settings, "score", as_of=newest.isoformat())

    found = predictions(settings)
    in_time = [
        row for row in found if row["is_in_sample"] is False and newest - row["scored_at"] <= timedelta(hours=24)
    ]
    for row in in_time:
        frac = 0.2 if row["decision"] == "none" else 0.9
        is_drawn = draw_number(row["machine_id"], row["factory_id"], row["scored_at"]) < frac
        assert row["sampled_frac"] == (frac if is_drawn else None)
    assert sum(row["sampled_frac"] is not None for row in found) == sum(
        row["sampled_frac"] is not None for row in in_time
    )
    assert 10 < sum(row["sampled_frac"] is not None for row in in_time) < len(in_time) / 2
    before = snapshot(settings.lake)
    (home / "policy.toml").write_text((home / "policy.toml").read_text().replace("value = 0.2", "value = 0.5"))
    assert not assay(settings, "score", as_of=newest.isoformat()).changed
    assert snapshot(settings.lake) == before
    (outcome,) = assay(settings, "verify", "gold.predictions", "--all").data["tables"]
    assert (outcome["verdict"], outcome["rows"]) == ("equal", len(found))
