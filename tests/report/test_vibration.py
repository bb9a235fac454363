"""The section on vibration: windows counted, the worst bearings drawn first, and why features are missing."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from report.facts import collect
from report.page import render_page
from report.sections.vibration import vibration_section
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (320, 390, 768, 1280)


def row(machine: str, at: datetime, outer: float | None, **others: Any) -> dict[str, Any]:
    others_of_it = ("envelope_bpfi", "envelope_2bsf", "envelope_ftf")
    lines = {"envelope_bpfo": outer, **dict.fromkeys(others_of_it, None if outer is None else 1.5)}
    return {
        "factory_id": "bremen", "machine_id": machine, "sensor_id": f"{machine}/A", "started_at": at,
        "started_date": at.date(), "sample_count": 4000, "rate_hz": 4000.0, "velocity_rms_mm_s": 2.5, **lines, **others,
    }  # fmt: skip


def lake(folder: Path) -> Path:
    plant = lakes.plant_at(folder)
    day = timedelta(days=1)
    lakes.put(plant, "silver.vibration_windows", [
        *(row("B-1", lakes.CLOCK - n * day, 2.0) for n in range(5)),
        *(row("B-2", lakes.CLOCK - n * day, 20.0 - n) for n in range(5)),
        row("B-2", lakes.CLOCK - day + timedelta(hours=1), 8.0), row("B-4", lakes.CLOCK - 90 * day, 99.0),
        row("B-3", lakes.CLOCK, None, not_computed_reason="geometry_unknown"),
    ])  # fmt: skip
    return folder


def test_before_the_first_window_there_is_no_section(tmp_path: Path) -> None:
    empty = collect(lakes.plant_at(tmp_path))

    assert vibration_section(empty) is None
    assert 'id="vibration"' not in render_page(empty)


def test_the_strongest_lines_of_the_last_dates_are_drawn_and_what_is_missing_has_its_reason(tmp_path: Path) -> None:
    section = vibration_section(collect(lakes.plant_at(lake(tmp_path))))

    assert section is not None
    assert section.lead == "13 windows of 4 sensors up to 1 March 2026, a row of 18 features each."
    assert [one.head for one in section.pictures] == ["B-2: B-2/A", "B-1: B-1/A"]
    assert section.pictures[0].under == "outer ring, 20 on 1 March 2026; velocity then 2.5 mm/s RMS; 5 dates"
    assert "28 February 2026: 19" in section.pictures[0].chart
    assert section.not_computed == (
        "1 window: The bearing's geometry is not known: no feature of the bearing.",
    )  # fmt: skip


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_the_section_fits_every_screen(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(render_page(collect(lakes.plant_at(lake(tmp_path / "lake")))), encoding="utf-8")

    for width, found in screens(page, WIDTHS).items():
        assert (found.width, found.scrolling, found.beyond) == (width, (), ())
