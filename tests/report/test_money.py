"""The section on money: there where costs of storage are, with the newest check, the budget and the deviation."""

from dataclasses import replace
from pathlib import Path

import pytest

from expectations.plant.plant_profile import StoragePrices
from report.facts import Facts, collect
from report.page import render_page
from report.sections.money import money_section, usd
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (320, 390, 768, 1280)
PRICES = StoragePrices(7 * 86_400, 90 * 86_400, 23.0, 20.0, 6.0, 400.0)


def facts_of(folder: Path, *, budget: float | None = 400.0) -> Facts:
    plant = lakes.plant_at(folder)
    lakes.put_money(plant)
    prices = replace(PRICES, budget_usd_per_month=budget)
    return collect(replace(plant, profile=replace(plant.profile, storage=prices)))


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return facts_of(tmp_path_factory.mktemp("money"))


def test_without_costs_there_is_no_section(tmp_path: Path) -> None:
    empty = collect(lakes.plant_at(tmp_path))

    assert (empty.money, money_section(empty)) == (None, None)
    assert 'id="money"' not in render_page(empty)


def test_the_newest_check_is_shown_with_its_rows(facts: Facts) -> None:
    section = money_section(facts)

    assert section is not None
    assert section.lead.endswith("the tables store 24 TB. A month of it costs $528.00.")
    assert [(line.layer, line.factory, line.tier, line.cost) for line in section.lines] == [
        ("bronze", "not divided", "hot", "$184.00"), ("silver", "bremen", "hot", "$184.00"),
        ("silver", "bremen", "warm", "$160.00"),
    ]  # fmt: skip
    assert [(line.deviation, line.is_off) for line in section.lines] == [
        ("+12.5 %", True),
        ("none yet", False),
        ("none yet", False),
    ]


@pytest.mark.parametrize(("budget", "class_"), [(400.0, "bad"), (528.0, "good"), (527.99, "bad")])
def test_the_budget_is_held_or_exceeded(tmp_path: Path, budget: float, class_: str) -> None:
    section = money_section(facts_of(tmp_path, budget=budget))

    assert section is not None
    assert section.tiles[-1].class_ == class_


def test_without_a_budget_none_is_shown(tmp_path: Path) -> None:
    section = money_section(facts_of(tmp_path, budget=None))

    assert section is not None
    assert [tile.figure for tile in section.tiles] == ["$528.00", "$483.00"]


def test_the_page_has_the_section_in_its_navigation(facts: Facts) -> None:
    page = render_page(facts)

    assert page.index('<a href="#money">') < page.index('<section id="money">')
    assert "budget of a month: exceeded" in page


def test_a_picture_needs_two_checks(facts: Facts, tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put_money(plant, checks=1)
    several, one = money_section(facts), money_section(collect(plant))

    assert several is not None
    assert several.days is not None
    assert several.days.count("<rect") >= 3
    assert one is not None
    assert (one.days, one.lines[0].forecast) == (None, "none yet")


def test_cents_are_shown_as_they_are() -> None:
    assert [usd(cents) for cents in (0, 5, 199, 123_456_789)] == ["$0.00", "$0.05", "$1.99", "$1,234,567.89"]


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_section_fits_the_screen(page_of_facts: Path, width: int) -> None:
    found = screens(page_of_facts, WIDTHS)[width]

    assert (found.width, found.scrolling, found.beyond) == (width, (), ())
