"""The readiness table of the page: what was counted, what is needed, and what follows, in the plant's words."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml.gates.readiness import assess_readiness
from report.facts import collect
from report.page import render_page
from report.queries.model import ModelFacts
from report.sections.readiness import ANOMALY, FAILURE, QUESTIONS, ReadinessLine, readiness_of
from tests.report import lakes
from tests.support.plant_frames import FEATURES, POLICY, plant_dataset


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFacts:
    plant = lakes.plant_at(tmp_path_factory.mktemp("lake"))
    lakes.put_model(plant, learnt_until=lakes.BEGAN)
    found = collect(plant).models.shown
    assert found is not None
    return found


def test_every_figure_that_a_training_asks_for_has_words() -> None:
    everything = np.ones(len(plant_dataset()), dtype=np.bool_)
    asked = assess_readiness(plant_dataset(), everything, POLICY, POLICY.embargo_us(FEATURES.longest_window_s)).table

    assert [check.name for check in asked] == list(QUESTIONS)
    assert {question.model for question in QUESTIONS.values()} == {FAILURE, ANOMALY}


def test_each_model_has_its_answer_its_reason_and_its_figures(model: ModelFacts) -> None:
    failure, anomaly = readiness_of(model)

    assert (failure.name, failure.answer) == ("To predict failures within 24h", "enough for a provisional model")
    assert failure.reason == "9 failures carry it."
    assert [(line.found, line.asked, line.answer) for line in failure.lines] == [
        ("9", "at least 9", "enough"),
        ("9", "at least 60", "fewer than wanted"),
        ("46 days", "at least 16 days", "enough"),
        ("20 days", "at most 14 days", "longer than wanted"),
        ("3", "at least 2", "enough"),
    ]
    assert (anomaly.name, anomaly.answer) == ("To find anomalies", "too little data")
    assert anomaly.lines == (
        ReadinessLine(
            words="rows of healthy machines, to learn normal behaviour",
            otherwise="Normal behaviour cannot be learnt yet.",
            found="2,559",
            asked="at least 2,560",
            answer="too few",
            verdict="INSUFFICIENT_DATA",
        ),
    )


def test_what_follows_is_said_where_a_figure_falls_short_and_only_there(model: ModelFacts) -> None:
    failure, _ = readiness_of(model)

    assert [bool(line.otherwise) for line in failure.lines] == [line.verdict != "PASS" for line in failure.lines]


def test_a_figure_that_the_page_does_not_know_stands_under_its_own_name(model: ModelFacts) -> None:
    failure, _ = readiness_of(model)

    assert failure.lines[-1].words == "a figure of tomorrow"


def test_a_folder_that_does_not_say_gives_no_table(model: ModelFacts) -> None:
    assert readiness_of(replace(model, readiness=None)) == ()


def test_without_any_model_the_page_says_what_is_missing(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put_model(plant, learnt_until=lakes.BEGAN, champion=False)
    facts = collect(plant)
    newest = facts.models.newest
    assert newest is not None
    nothing = replace(newest, figures={**newest.figures, "failure": None, "anomaly": None}, horizon=None)

    page = render_page(replace(facts, models=replace(facts.models, newest=nothing)))

    assert "<h2>Too few data for a model</h2>" in page
    assert "To predict failures within 24h" in page
    assert "Normal behaviour cannot be learnt yet." in page
