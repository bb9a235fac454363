"""The section on what alarms saved: there where a version's scores have matured, with its interval."""

from datetime import timedelta
from pathlib import Path

import pytest

from lakehouse.plant import Plant
from report.facts import collect
from report.page import render_page
from report.sections.money import usd
from report.sections.savings import SavingsSection, savings_section
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (320, 390, 768, 1280)


def put_savings(plant: Plant, saved: int = 1_250_000, failures: int = 12) -> None:
    """A version scored in batch, 30 days, and one before it with one machine and so without an interval."""
    month = timedelta(days=30)
    newest = {
        "model_version": "failure-24h-b2", "source": "batch", "first_scored_at": lakes.CLOCK - month,
        "last_scored_at": lakes.CLOCK, "score_count": 72_000, "machine_count": 100, "exposure_machine_years": 8.2,
        "failure_count": failures, "caught_count": failures - 2, "alarm_count": 14, "call_count": 20,
        "vain_call_count": 5, "intervened_count": 1, "failure_cost_cents": 3_000_000, "repair_cost_cents": 3_000_000,
        "false_alarm_cost_cents": 250_000, "cost_cents": 6_250_000, "without_alarms_cents": 6_250_000 + saved,
        "savings_cents": saved, "savings_low_cents": saved - 400_000, "savings_high_cents": saved + 400_000,
    }  # fmt: skip
    older = newest | {
        "model_version": "failure-24h-a1", "last_scored_at": lakes.CLOCK - month,
        "first_scored_at": lakes.CLOCK - 2 * month,
        "machine_count": 1, "savings_low_cents": None, "savings_high_cents": None,
    }  # fmt: skip
    lakes.put(plant, "gold.maintenance_savings", [newest, older])


def section_of(folder: Path, saved: int = 1_250_000, failures: int = 12) -> SavingsSection:
    plant = lakes.plant_at(folder)
    put_savings(plant, saved, failures)
    section = savings_section(collect(plant))
    assert section is not None
    return section


def test_without_matured_scores_there_is_no_section(tmp_path: Path) -> None:
    empty = collect(lakes.plant_at(tmp_path))

    assert savings_section(empty) is None
    assert 'id="savings"' not in render_page(empty)


def test_the_newest_version_leads_with_its_interval(tmp_path: Path) -> None:
    section = section_of(tmp_path)

    assert "the alarms of failure-24h-b2 saved $12,500.00; its training had seen none of these days." in section.lead
    assert "are few" not in section.lead
    assert (section.tiles[3].figure, section.lines[0].intervened) == ("1", "1")
    assert (section.tiles[0].words, section.tiles[0].class_) == (
        "saved; with 95 % confidence $8,500.00 to $16,500.00",
        "good",
    )
    assert [(line.version, line.failures, line.interval) for line in section.lines] == [
        ("failure-24h-b2", "10 of 12", "$8,500.00 to $16,500.00"),
        ("failure-24h-a1", "10 of 12", "not known: one machine"),
    ]


@pytest.mark.parametrize(("saved", "class_"), [(-100_000, "bad"), (300_000, ""), (400_100, "good")])
def test_a_saving_is_good_only_where_its_whole_interval_is(tmp_path: Path, saved: int, class_: str) -> None:
    assert section_of(tmp_path, saved).tiles[0].class_ == class_


def test_what_alarms_cost_more_than_they_saved_is_said(tmp_path: Path) -> None:
    section = section_of(tmp_path, -100_000)

    assert "cost more than they saved, by $1,000.00" in section.lead
    assert section.tiles[0].figure == "\N{MINUS SIGN}$1,000.00"


def test_few_failures_are_said_to_be_few(tmp_path: Path) -> None:
    assert section_of(tmp_path, failures=9).lead.endswith("9 failures are few.")


def test_cents_below_zero_are_dollars_below_zero() -> None:
    assert [usd(cents) for cents in (-5, -123_456, 7)] == ["\N{MINUS SIGN}$0.05", "\N{MINUS SIGN}$1,234.56", "$0.07"]


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_the_section_fits_every_screen(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    put_savings(plant)
    page = tmp_path / "page.html"
    page.write_text(render_page(collect(plant)), encoding="utf-8")

    for width, found in screens(page, WIDTHS).items():
        assert (found.width, found.scrolling, found.beyond) == (width, (), ())
