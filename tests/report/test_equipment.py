"""The section on gateways and certificates: there where their feeds are, with what needs somebody marked."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from lakehouse.plant import Plant
from report.facts import Facts, collect
from report.page import render_page
from report.sections.equipment import equipment_section
from report.summary import summary_of
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (320, 390, 1280)


def _put(plant: Plant) -> None:
    """Two gateways, one whose battery is low; a certificate that has ended, one that ends soon."""
    day, place = timedelta(days=1), {"factory_id": "bremen"}
    reports = [(lakes.HOSTILE, 2, 90.0), (lakes.HOSTILE, 1, 12.5), ("gw-2", 1, None)]
    lakes.put(plant, "silver.gateway_heartbeats", [
        {**place, "gateway_id": name, "sent_at": lakes.CLOCK - age * day, "battery_pct": charge, "uptime_s": 7200.0}
        for name, age, charge in reports
    ])  # fmt: skip
    ends = [("mqtt", -3), ("opc", 12), ("web", -400), ("web", 400)]
    lakes.put(plant, "silver.certificates", [
        {**place, "gateway_id": "gw-2", "certificate": name, "not_after": lakes.CLOCK + days * day}
        for name, days in ends
    ])  # fmt: skip
    answers = [("refuted", 5), ("refuted", 4), ("confirmed", 3)]
    lakes.put(plant, "silver.alarm_answers", [
        {**place, "machine_id": "B-1", "answered_at": lakes.CLOCK - age * day, "answer": answer}
        for answer, age in answers
    ])  # fmt: skip


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    plant = lakes.plant_at(tmp_path_factory.mktemp("equipment"))
    _put(plant)
    return collect(plant, as_of=lakes.CLOCK)


def test_without_the_feeds_there_is_no_section(tmp_path: Path) -> None:
    empty = collect(lakes.plant_at(tmp_path))

    assert (empty.equipment, equipment_section(empty)) == (None, None)
    assert 'id="equipment"' not in render_page(empty)


def test_what_needs_somebody_is_marked(facts: Facts) -> None:
    section = equipment_section(facts)

    assert section is not None
    assert {(line.battery, line.uptime, line.class_) for line in section.gateways} == {
        ("12.5 %", "2 h", "WARN"), ("none", "2 h", ""),
    }  # fmt: skip
    assert [line.at_class for line in section.gateways] == ["", ""]
    assert [(line.name, line.state, line.class_) for line in section.certificates] == [
        ("mqtt", "has ended", "FAIL"), ("opc", "ends soon", "WARN"), ("web", "valid", ""),
    ]  # fmt: skip
    assert [(tile.figure, tile.words) for tile in section.tiles] == [
        ("0", "gateways silent for 36 h or longer"), ("1", "batteries at 20 % or below"),
        ("2", "certificates end within 30 days, or have ended"),
    ]  # fmt: skip
    assert section.lead == (
        "2 gateways reported of themselves; 3 certificates on record; answers of technicians to alarms: 1 confirmed, "
        "2 refuted."
    )


def test_a_silent_gateway_is_marked_and_what_is_out_of_service_is_not(facts: Facts) -> None:
    """Two days later, by data: both are silent, of which one is taken out of service by then."""
    later = replace(facts, overview=replace(facts.overview, as_of=lakes.CLOCK + timedelta(days=2)))
    assert later.equipment is not None
    one, other = later.equipment.gateways
    gone = replace(later.equipment, gateways=(one, replace(other, is_retired=True)))

    section = equipment_section(replace(later, equipment=gone))

    assert section is not None
    assert [line.at_class for line in section.gateways] == ["WARN", ""]
    assert section.tiles[0].figure == "1"
    assert summary_of(later)["equipment"] == {
        "silent": [one.gateway_id, other.gateway_id], "ending": ["bremen/gw-2", "bremen/gw-2"],
    }  # fmt: skip


def test_names_of_gateways_are_text(facts: Facts) -> None:
    page = render_page(facts)

    assert page.index('<a href="#equipment">') < page.index('<section id="equipment">')
    assert lakes.HOSTILE not in page


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_section_fits_the_screen(page_of_facts: Path, width: int) -> None:
    found = screens(page_of_facts, WIDTHS)[width]

    assert (found.width, found.scrolling, found.beyond) == (width, (), ())
