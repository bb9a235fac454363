"""The section on sensors: a map by date, those with most findings first, and what is found now."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from report.facts import Facts, collect
from report.page import render_page
from report.sections.sensors import sensor_section
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (320, 390, 768, 1280)
UNTIL = date(2026, 3, 1)


def row(sensor: str, days_ago: int, *findings: str, verdict: str = "healthy") -> dict[str, Any]:
    return {
        "factory_id": "F1", "machine_id": "M1", "metric": "heat", "sensor_id": sensor, "findings": list(findings),
        "measured_date": UNTIL - timedelta(days=days_ago), "verdict": findings[0] if findings else verdict,
        "reading_count": 9,
    }  # fmt: skip


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    plant = lakes.plant_at(tmp_path_factory.mktemp("sensors"))
    lakes.put(plant, "silver.sensor_health", [
        row("T1", 0, "stuck", "noisy"), row("T1", 1, "stuck"), row("T1", 2), row("T2", 0), row("T2", 1, "interrupted"),
        row("T0", 0, "noisy"), row("T3", 0, verdict="learning"), row("T4", 0), row("T5", 90, "dead"),
    ])  # fmt: skip
    return collect(plant, as_of=lakes.CLOCK)


def test_before_the_first_date_there_is_no_section(tmp_path: Path) -> None:
    empty = collect(lakes.plant_at(tmp_path))

    assert (empty.sensors, sensor_section(empty)) == (None, None)
    assert 'id="sensors"' not in render_page(empty)


def test_findings_are_said_with_their_denominator_and_drawn(facts: Facts) -> None:
    section = sensor_section(facts)

    assert section is not None
    assert section.state == "2 sensors with a finding, of 5 sensors; 1 sensor without dates enough to compare with."
    assert section.state_class == "bad"
    assert [(line.sensor, line.findings, line.class_) for line in section.lines] == [
        ("T0", "noisy", "WARN"), ("T1", "stuck, noisy", "FAIL"),
    ]  # fmt: skip
    drawn = str(section.map.wide)
    assert drawn.index("M1 T1 heat") < drawn.index("M1 T2 heat")
    assert (drawn.count("heat bad"), drawn.count("heat warn"), "T4" in drawn, "T5" in drawn) == (2, 2, False, False)
    assert "M1 T1 heat, 1 March 2026: stuck, noisy" in drawn


def test_names_of_sensors_are_text(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put(plant, "silver.sensor_health", [row(lakes.HOSTILE, 0, "noisy")])

    page = render_page(collect(plant))

    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_the_section_fits_every_screen(facts: Facts, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(render_page(facts), encoding="utf-8")

    for width, found in screens(page, WIDTHS).items():
        assert (found.width, found.scrolling, found.beyond) == (width, (), ())
