import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from jobs.report.facts import Facts, collect
from jobs.report.page import code_spans, render_page
from tests.jobs.report import lakes

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
        "unseen failures announced; 95 % interval 36 % to 92 %",
        "624 accepted + 100 duplicate + 2 quarantined + 4 rejected + 20 blank = 750",
        "311 of 311",
        "crossed the alarm threshold on 12 Feb 04:00: 20 h of warning",
        "Champion, and provisional",
        "built from silver.buckets version 0",
        "A decision took 255 µs in the median and 407 µs at the 99th percentile, of 311 timed.",
    ],
)
def test_the_page_says(words: str, page: str) -> None:
    assert words in Page(page).text


def test_an_empty_lake_says_what_is_not_there_and_why(tmp_path: Path) -> None:
    text = Page(render_page(collect(lakes.plant_at(tmp_path)))).text

    assert "No reading is in silver yet" in text
    assert "no machine has sent a reading" in text
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

    assert "not that it foresaw them" in Page(render_page(collect(plant))).text


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

    assert "this must not be. Hold the bundle back." in Page(render_page(collect(plant))).text


def test_backticks_become_code_and_nothing_else_does() -> None:
    assert code_spans("run `a <b>` & go") == "run <code>a &lt;b&gt;</code> &amp; go"
