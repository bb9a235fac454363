"""The section on safety: there where safety functions are, with due tests first and slow responses marked."""

from pathlib import Path

import pytest

from expectations.tables.gold_safety import RESPONSE_VERDICTS
from expectations.tables.silver_safety import SAFETY_KINDS
from report.facts import Facts, collect
from report.page import render_page
from report.sections import safety
from report.sections.safety import safety_section
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (320, 390, 768, 1280)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    plant = lakes.plant_at(tmp_path_factory.mktemp("safety"))
    lakes.put_safety(plant)
    return collect(plant, as_of=lakes.CLOCK)


def test_without_functions_there_is_no_section(tmp_path: Path) -> None:
    empty = collect(lakes.plant_at(tmp_path))

    assert (empty.safety, safety_section(empty)) == (None, None)
    assert 'id="safety"' not in render_page(empty)


def test_tests_are_shown_with_their_state_and_the_next_one_first(facts: Facts) -> None:
    section = safety_section(facts)

    assert section is not None
    assert [(line.kind, line.last == "none", line.state, line.class_) for line in section.tests] == [
        ("partial stroke", True, "due", "FAIL"),
        ("proof test", False, "half of its interval is over", "WARN"),
        ("proof test", False, "not yet half of its interval", ""),
    ]
    assert [tile.figure for tile in section.tiles] == ["2", "1", "1"]


def test_responses_are_shown_with_what_they_use(facts: Facts) -> None:
    section = safety_section(facts)

    assert section is not None
    assert [(line.kind, line.response, line.budget, line.used, line.class_) for line in section.measures] == [
        ("trip of valve_stroke", "3.5 s", "1.2 s", "52.4 %", "FAIL"),
        ("proof test", "1.891 s", "1.891 s", "23.6 %", "PASS"),
    ]


def test_every_code_has_words() -> None:
    assert set(safety._KINDS) == set(SAFETY_KINDS)
    assert set(safety._VERDICTS) == set(RESPONSE_VERDICTS)


def test_names_of_functions_are_text(facts: Facts) -> None:
    page = render_page(facts)

    assert page.index('<a href="#safety">') < page.index('<section id="safety">')
    assert lakes.HOSTILE not in page


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_section_fits_the_screen(page_of_facts: Path, width: int) -> None:
    found = screens(page_of_facts, WIDTHS)[width]

    assert (found.width, found.scrolling, found.beyond) == (width, (), ())
