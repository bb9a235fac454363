import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from report.facts import Facts, collect
from report.page import code_spans, render_page
from report.sections.plant import plant_section
from tests.report import lakes

SECTIONS = ("plant", "machine", "quality", "model", "lineage", "words")


class Page(HTMLParser):
    """Elements, their attributes and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return collect(lakes.full_lake(tmp_path_factory.mktemp("lake")))


@pytest.fixture(scope="module")
def page(facts: Facts) -> str:
    return render_page(facts)


def test_every_section_stands_on_the_page_and_in_its_navigation(page: str) -> None:
    elements = Page(page).elements

    assert [attrs["id"] for tag, attrs in elements if tag == "section"] == list(SECTIONS)
    assert [attrs["href"] for tag, attrs in elements if tag == "a"] == [f"#{name}" for name in SECTIONS]


def test_the_page_loads_and_runs_nothing(page: str) -> None:
    elements = Page(page).elements

    assert {tag for tag, _ in elements}.isdisjoint(
        {"script", "link", "img", "iframe", "object", "image", "foreignobject"}
    )
    for _, attrs in elements:
        assert not [name for name in attrs if name.startswith("on") or name == "src"]
        assert (attrs.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import", page)


def test_what_files_said_is_text(page: str) -> None:
    assert lakes.HOSTILE not in page
    assert lakes.HOSTILE in Page(page).text


def test_the_same_lake_gives_the_same_bytes(tmp_path: Path, page: str) -> None:
    again = collect(lakes.full_lake(tmp_path / "another"))

    assert render_page(again) == page


@pytest.mark.parametrize(
    "words",
    [
        "the first one",  # why the model was trained
        "2 of 3",
        "5 of 7",
        "unseen failures announced; 95\xa0% interval 36\xa0% to 92\xa0%",
        "624 accepted + 100 duplicate + 2 quarantined + 4 rejected + 20 blank = 750",
        "311 of 311",
        "crossed the alarm threshold on 12 Feb 04:00: 20 h of warning",
        "Champion, and provisional",
        "5 of 7failures that it had not seen, announced by the champion",
        "up to 2026-02-13 23:00 UTC, the model requests nothing: all 2 machines scored that day may keep running.",
        "temperature°C0.01",
        "false alarms per machine-year: 4 in 2 machine-years",
        "built from silver.buckets version 0",
        "of the times; it held 74 % (95 % interval 38 % to 93 %) over 7 failures and 11,060 later rows",
        "Windows of readings are missing that its training's machines usually have, as after an outage9 of 504",
        "A decision took 255 µs in the median and 407 µs at the 99th percentile, of 311 timed.",
    ],
)
def test_the_page_says(words: str, page: str) -> None:
    assert words in Page(page).text


def test_an_empty_lake_says_what_is_not_there_and_why(tmp_path: Path) -> None:
    text = Page(render_page(collect(lakes.plant_at(tmp_path)))).text

    assert "No reading is in silver yet" in text
    assert "champion: no model is in force" in text
    assert "no reading has reached silver.buckets" in text
    assert "gold.data_quality is not built yet" in text
    assert "No model has been trained on this lake" in text
    assert "gold.predictions is empty" in text
    assert "The ledger bronze.files names no file" in text


def test_a_lake_without_failures_says_that_there_is_none_to_learn_from(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put_data(plant, failed_at=None)

    text = Page(render_page(collect(plant))).text

    assert "No failure is on record for a machine that sends readings" in text
    assert "No failure is on record, so a failure model has nothing to learn from." in text


def test_a_story_the_model_was_trained_on_is_not_sold_as_foresight(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put_data(plant)
    lakes.put_model(plant, learnt_until=lakes.FAILED + timedelta(days=1))
    lakes.put_predictions(plant)

    assert "not that it predicted the failure" in Page(render_page(collect(plant))).text


def test_a_story_told_by_the_test_says_that_it_was_unseen(tmp_path: Path) -> None:
    plant = lakes.full_lake(tmp_path)
    lakes.put_held_out(plant, alarm_hours=6)

    assert "It had not seen this failure." in Page(render_page(collect(plant))).text


def test_a_refused_model_is_no_champion_on_the_page(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put_model(plant, learnt_until=lakes.BEGAN, champion=False)

    assert "There is no champion" in Page(render_page(collect(plant))).text


def test_edge_scores_that_contradict_equal_features_raise_their_voice(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    batch = lakes.score("B-1", 3)
    lakes.put(plant, "gold.predictions", [batch, {**batch, "source": "edge", "margin": 0.5}])

    assert "Do not deploy this bundle." in Page(render_page(collect(plant))).text


def test_backticks_become_code_and_nothing_else_does() -> None:
    assert code_spans("run `a <b>` & go") == "run <code>a &lt;b&gt;</code> &amp; go"


def test_the_machines_that_need_a_person_stand_before_everything_else(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put_data(plant)
    last = lakes.score("B-1", 33)
    asked = [{**last, "machine_id": f"B-{number}", "decision": "maintain"} for number in range(10, 20)]
    stop = {**lakes.score("B-2", 10), "decision": "stop_request"}
    earlier = {**lakes.score("B-1", 32), "decision": "stop_request"}
    silent = {**lakes.score("B-4", 9), "decision": "stop_request"}
    at_edge = {**last, "machine_id": "B-3", "source": "edge", "decision": "stop_request"}
    lakes.put(plant, "gold.predictions", [last, earlier, silent, at_edge, stop, *asked])

    page = render_page(collect(plant))

    told = (
        "In the newest scores, up to 2026-02-02 09:00 UTC, the model requests a stop of B-2; "
        "maintenance of B-10, B-11, B-12, B-13, B-14, B-15, B-16, B-17 and 2 more (11 of 12 machines scored that day)."
    )
    assert f'<p class="say bad">{told}</p>' in page
    assert page.index(told) < page.index('class="tiles"')


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (True, "Of 1 machine the model may have been trained on that time"),
        (None, "Of 1 machine the model may have been trained on that time"),
        (False, ""),
    ],
    ids=["in sample", "unknown", "new"],
)
def test_scores_that_are_no_predictions_are_called_so(tmp_path: Path, known: bool | None, words: str) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put(plant, "gold.predictions", [{**lakes.score("B-2", 33), "is_in_sample": known}])

    text = Page(render_page(collect(plant))).text

    assert words in text
    assert ("may have been trained on" in text) == bool(words)
    assert ("none is a prediction, none is counted" in text) == bool(words)


def test_what_was_asked_by_an_older_bundle_is_not_told(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    newest = {**lakes.score("B-1", 9), "bundle": "simulated@1.0.0+10", "decision": "watch"}
    older = {**newest, "bundle": "simulated@1.0.0+9", "decision": "stop_request"}
    lakes.put(plant, "gold.predictions", [older, newest])

    assert (
        "the model requests a closer watch on B-1 (1 of 1 machine scored that day)."
        in Page(render_page(collect(plant))).text
    )


def test_the_colours_of_a_chart_are_named_beside_it(page: str) -> None:
    assert page.count('<i class="dot warning"></i>warning') == page.count('<i class="dot critical"></i>critical') == 1
    assert ".dot.warning{background:var(--warn)}.dot.critical{background:var(--bad)}" in page


def test_a_number_is_not_parted_from_its_unit() -> None:
    assert code_spans("9 % of 3 h, 4 machines, `a 5 % b`") == "9\xa0% of 3\xa0h, 4 machines, <code>a 5 % b</code>"


def test_a_champion_that_foresees_no_failures_is_called_so(facts: Facts) -> None:
    champion = facts.models.champion
    assert champion is not None
    anomalies_only = replace(champion, figures={**champion.figures, "failure": None})

    tiles = plant_section(replace(facts, models=replace(facts.models, champion=anomalies_only))).tiles

    told = "only: the champion has no failure model"
    assert (tiles[-1].figure, tiles[-1].words) == ("anomalies", told)
