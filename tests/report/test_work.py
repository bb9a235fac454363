"""The section on work: the list first, a map of health, metrics that move to a limit."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from lakehouse.plant import Plant
from report.facts import Facts, collect
from report.page import render_page
from report.sections.map_figure import SHOWN
from report.sections.work import work_section
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (320, 390, 768, 1280)
LAST = date(2026, 3, 1)


def machine(number: int) -> dict[str, Any]:
    return {"machine_id": f"M{number:02d}", "factory_id": "bremen"}


def health(number: int, back: int) -> dict[str, Any]:
    """M00 is blind on its last two dates, M01 poor on its last, the others lose a point for each ten."""
    found = machine(number) | {"local_date": LAST - timedelta(days=back), "state": "good", "reading_count": 9,
                               "score": 100.0 - number / 10, "warning_points": number / 10}  # fmt: skip
    if number == 0 and back < 2:
        return found | {"state": "blind", "score": None, "warning_points": None, "reading_count": 0}
    return found | ({"state": "poor", "score": 41.0, "critical_points": 30.0} if number == 1 and not back else {})


def entry(rank: int, **more: Any) -> dict[str, Any]:
    found = {"rank": rank, "action": "inspect", "reasons": "health 40 of 100", "horizon": "24h", "state": "poor",
             "consequence_cents": 1_500_000, "consequence_from": "missed_failure", "repair_hours_from": "labels",
             "is_default_price": True}  # fmt: skip
    return machine(rank) | found | more


def put_work(plant: Plant) -> None:
    """Forty machines, twelve entries, one trend to a limit and one without."""
    states = {0: "blind", 1: "poor"}
    lakes.put(plant, "gold.machines_now", [
        machine(number) | {"as_of_at": lakes.CLOCK, "state": states.get(number, "good"),
                           "score": None if number == 0 else 90.0, "is_down": False} for number in range(40)
    ])  # fmt: skip
    lakes.put(plant, "gold.machine_health", [health(number, back) for number in range(40) for back in range(28)])
    gravest = {"action": "maintain", "expected_cost_cents": 1_245_000, "probability": 0.83, "probability_from": "model",
               "reasons": f"the score requests maintenance {lakes.HOSTILE}; temperature above critical"}  # fmt: skip
    lakes.put(plant, "gold.work_list", [entry(1, **gravest), *(entry(rank) for rank in range(2, 13))])
    week = {"day_count": 7, "kendall_s": 21, "direction": "rising", "change_per_week": 14.0, "slope_per_day": 2.0}
    lakes.put(plant, "gold.trends", [
        machine(number) | week | {"metric": metric, "unit": unit, "local_date": LAST - timedelta(days=back),
                                  "newest_mean": 90.0 - 2 * back, "limit_value": limit,
                                  "days_to_limit": None if limit is None else 5.0 + back}
        for number, metric, unit, limit in ((3, "temperature", "C", 100.0), (2, "speed", "rpm", None))
        for back in range(20)
    ])  # fmt: skip


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    plant = lakes.plant_at(tmp_path_factory.mktemp("work"))
    put_work(plant)
    return collect(plant, as_of=lakes.CLOCK)


def test_without_machines_there_is_no_section(tmp_path: Path) -> None:
    empty = collect(lakes.plant_at(tmp_path))

    assert (empty.work, work_section(empty)) == (None, None)
    assert 'id="work"' not in render_page(empty)


def test_the_list_says_what_first_why_and_what_it_costs(facts: Facts) -> None:
    section = work_section(facts)

    assert section is not None
    assert section.lead.startswith("12 machines of 40 give a reason to act, by readings up to 2026-03-01 06:00 UTC.")
    first, second = section.lines[:2]
    assert (first.machine, first.action, first.cost) == ("M01", "maintain", "$12,450")
    assert first.under == "0.83 within 24h, by its score, of $15,000"
    assert first.reasons[1] == "temperature above critical"
    assert (second.cost, second.under) == ("not known", "probability not known, of $15,000")
    assert (len(section.lines), section.more) == (10, "2 more: `assay ask work_list`.")
    assert [tile.figure for tile in section.tiles] == ["38", "0", "1", "1"]
    assert lakes.HOSTILE not in render_page(facts)


def test_the_map_has_the_worst_of_now_first_and_a_blind_machine_is_not_well(facts: Facts) -> None:
    section = work_section(facts)

    assert section is not None
    drawn = str(section.map.wide)
    assert drawn.index(">M00<") < drawn.index(">M01<") < drawn.index(">M39<")
    assert (drawn.count("heat blind"), drawn.count("heat bad")) == (2, 1)
    assert drawn.count('<g class="">') == SHOWN
    assert section.map.left_out == "10 more machines not shown."
    assert "M00, 1 March 2026: blind, no reading" in drawn
    assert "M01, 1 March 2026: 41 of 100; warnings 0.1, critical events 30" in drawn


def test_what_nears_its_limit_is_drawn_first(facts: Facts) -> None:
    section = work_section(facts)

    assert section is not None
    assert [(one.head, one.under) for one in section.trends] == [
        ("M03: temperature", "+14 °C a week, at its limit in 5 days"),
        ("M02: speed", "+14 rpm a week"),
    ]
    assert "limit 100 °C" in section.trends[0].chart
    assert "1 March 2026: 90 °C" in section.trends[0].chart


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_the_section_fits_every_screen(facts: Facts, tmp_path: Path) -> None:
    page = tmp_path / "work.html"
    page.write_text(render_page(facts), encoding="utf-8")

    for width, found in screens(page, WIDTHS).items():
        assert (found.width, found.scrolling, found.beyond) == (width, (), ())
