"""The section on how well the model did: there where scores count, few failures and slices behind are said."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lakehouse.plant import Plant
from report.facts import collect
from report.page import render_page
from report.sections.performance import Figure, PerformanceSection, performance_section
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (320, 390, 768, 1280)
WEEK = timedelta(days=7)


def figures(version: str, **changes: Any) -> dict[str, Any]:
    whole = {
        "model_version": version, "source": "batch", "horizon": "24h", "period": "all",
        "period_start_at": lakes.CLOCK - 2 * WEEK, "period_end_at": lakes.CLOCK, "slice": "fleet", "slice_value": "all",
        "score_count": 1_000, "matured_frac": 0.9, "machine_count": 10, "exposure_machine_years": 0.4,
        "event_count": 12, "caught_count": 9, "too_late_count": 1, "missed_count": 2, "recall": 0.75,
        "recall_low": 0.4677, "recall_high": 0.9111, "lead_hours_median": 13.5, "alarm_count": 12, "false_count": 2,
        "intervened_count": 0, "open_count": 1, "call_count": 14, "vain_call_count": 3, "precision": 11 / 14,
        "precision_low": 0.52, "precision_high": 0.92, "false_alarms_per_machine_year": 5.0, "false_alarms_low": 0.6,
        "false_alarms_high": 18.1, "cost_cents": 1, "plain_rule": "heat >= 3", "plain_recall": 0.5,
        "plain_precision": 0.25, "plain_false_alarms_per_machine_year": 20.0, "is_few_events": False,
        "is_behind": False, "note": "",
    }  # fmt: skip
    return whole | changes


def put_performance(plant: Plant, *others: dict[str, Any], **changes: Any) -> None:
    week = {"period": "week", "period_end_at": lakes.CLOCK, "period_start_at": lakes.CLOCK - WEEK}
    none = {"event_count": 0, "caught_count": 0, "too_late_count": 0, "missed_count": 0, "recall": None,
            "recall_low": None, "recall_high": None, "lead_hours_median": None}  # fmt: skip
    note = "south: caught 0 of 10, the fleet 9 of 12"
    rows = [
        figures("b2", **changes), figures("b2", **week), figures("b2", slice="site", slice_value="north"),
        figures("b2", **none | week | {"period_end_at": lakes.CLOCK - WEEK, "period_start_at": lakes.CLOCK - 2 * WEEK}),
        figures("b2", slice="site", slice_value="south", is_behind=True, note=note),
        figures("a1", period_end_at=lakes.CLOCK - 2 * WEEK, period_start_at=lakes.CLOCK - 6 * WEEK, plain_rule=None),
        *others,
    ]  # fmt: skip
    lakes.put(plant, "gold.model_performance", rows)


def section_of(folder: Path, **changes: Any) -> PerformanceSection:
    plant = lakes.plant_at(folder)
    put_performance(plant, **changes)
    section = performance_section(collect(plant))
    assert section is not None
    return section


def test_without_scores_that_count_there_is_no_section(tmp_path: Path) -> None:
    empty = collect(lakes.plant_at(tmp_path))

    assert performance_section(empty) is None
    assert 'id="performance"' not in render_page(empty)


def test_the_newest_version_leads_with_its_weeks_and_the_plain_rule(tmp_path: Path) -> None:
    section = section_of(tmp_path)

    assert "the alarms of b2 announced 9 of 12 failures in time" in section.lead
    assert "few" not in section.lead
    assert section.tiles[0].words == "of failures announced in time; with 95 % confidence 47 % to 91 %"
    newest, before = section.weeks
    assert (newest.failures, newest.lead) == ("9 of 12, 1 too late", "13.5 h ahead")
    assert newest.recall == Figure("75 %", "47 % to 91 %", "50 %")
    assert newest.precision == Figure("79 %", "52 % to 92 %", "25 %")
    assert newest.false_alarms == Figure("5.0", "0.6 to 18.1", "20.0")
    assert (before.failures, before.recall.value, before.lead) == ("0 of 0", "\N{EM DASH}", "")
    assert [(line.name, line.false_alarms.plain) for line in section.versions] == [("b2", "20.0"), ("a1", "")]


def test_few_failures_and_a_slice_behind_are_said(tmp_path: Path) -> None:
    section = section_of(tmp_path, is_few_events=True, event_count=9)

    assert section.lead.endswith("These are few: the recall is no figure to act on.")
    assert section.behind == ("south: caught 0 of 10, the fleet 9 of 12",)
    page = render_page(collect(lakes.plant_at(tmp_path)))
    assert "<strong>Behind the fleet:</strong> south" in page
    assert "Rule: the plain rule, which alarms where heat &gt;= 3" in page


def test_weeks_in_shadow_are_beside_the_champion_s_and_in_no_other_figure(tmp_path: Path) -> None:
    week = {"period": "week", "period_start_at": lakes.CLOCK - WEEK, "period_end_at": lakes.CLOCK}
    section = section_of(tmp_path)
    assert section.shadow == ()
    assert "In shadow" not in render_page(collect(lakes.plant_at(tmp_path)))

    put_performance(lakes.plant_at(tmp_path), figures("c3", source="shadow", caught_count=11, missed_count=0, **week))
    beside = performance_section(collect(lakes.plant_at(tmp_path)))

    assert beside is not None
    assert [(line.name, line.under, line.failures) for line in beside.shadow] == [
        ("2026-02-22", "b2, champion, 90 % matured", "9 of 12, 1 too late"),
        ("2026-02-22", "c3, in shadow, 90 % matured", "11 of 12, 1 too late"),
    ]
    assert (beside.weeks, beside.versions, beside.lead) == (section.weeks, section.versions, section.lead)
    assert "c3, in shadow" in render_page(collect(lakes.plant_at(tmp_path)))


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_the_section_fits_every_screen(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    week = {"period": "week", "period_start_at": lakes.CLOCK - WEEK, "period_end_at": lakes.CLOCK}
    put_performance(plant, figures("c3", source="shadow", **week))
    page = tmp_path / "page.html"
    page.write_text(render_page(collect(plant)), encoding="utf-8")

    for width, found in screens(page, WIDTHS).items():
        assert (found.width, found.scrolling, found.beyond) == (width, (), ())
