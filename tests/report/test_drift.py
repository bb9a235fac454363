"""The section on drift: a map of the fleet by week, the farthest first, and what is beyond a limit now."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.tables.gold_drift import DRIFT_VERDICTS
from lakehouse.plant import Plant
from report.facts import Facts, collect
from report.page import render_page
from report.sections.drift import _WORDS, drift_section
from report.sections.map_figure import SHOWN
from tests.report import lakes
from tests.support.browser import CHROMIUM, MISSING, screens

WIDTHS = (320, 390, 768, 1280)
UNTIL = date(2026, 3, 1)


def row(
    feature: str, psi: float | None, weeks_ago: int = 0, scope: str = "fleet", name: str = "fleet"
) -> dict[str, Any]:
    verdict = "INSUFFICIENT_DATA" if psi is None else "DRIFT" if psi > 0.5 else "WARN" if psi > 0.25 else "NO_DRIFT"
    limits = {"ks": 0.001, "kl": 0.01, "ks_limit": 0.2, "psi_limit": 0.25, "kl_limit": 0.3}
    return {
        "scope": scope, "name": name, "source": "features", "feature": feature, "verdict": verdict, "psi": psi,
        "until_date": UNTIL - timedelta(days=7 * weeks_ago), "reasons": [], **(limits if psi is not None else {}),
    }  # fmt: skip


def put_drift(plant: Plant) -> None:
    """Forty features of which one drifts now, one warned a week ago; a gateway drifts; one feature is not known."""
    quiet = [row(f"quiet_{number:02d}", 0.01 * number / 8, week) for number in range(40) for week in range(3)]
    heat = [row("heat", 0.9), row("heat", 0.2, 1), row("heat", None, 2)]
    load = [row("load", 0.1), row("load", 0.3, 1), row("load", 0.1, 2)]
    others = [row("heat", 0.7, 0, "gateway", "g1"), row("heat", 0.7, 0, "machine", "M1"), row("flat", None)]
    between = [row("heat", 0.8) | {"until_date": UNTIL - timedelta(days=3)}]
    lakes.put(plant, "gold.drift", [*quiet, *heat, *load, *others, *between])


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    plant = lakes.plant_at(tmp_path_factory.mktemp("drift"))
    put_drift(plant)
    return collect(plant, as_of=lakes.CLOCK)


def test_before_the_first_comparison_there_is_no_section(tmp_path: Path) -> None:
    empty = collect(lakes.plant_at(tmp_path))

    assert (empty.drift, drift_section(empty)) == (None, None)
    assert 'id="drift"' not in render_page(empty)


def test_what_drifts_is_said_with_its_denominator(facts: Facts) -> None:
    section = drift_section(facts)

    assert section is not None
    assert section.state == "1 feature or score of the fleet drifts, of 44 comparisons; 1 had too little data."
    assert section.state_class == "bad"
    assert [(line.of, line.feature, line.verdict, line.psi) for line in section.lines] == [
        ("fleet", "heat", "drift", "0.9 / 0.25"),
        ("gateway g1", "heat", "drift", "0.7 / 0.25"),
        ("machine M1", "heat", "drift", "0.7 / 0.25"),
    ]


def test_the_map_has_weeks_as_columns_and_the_farthest_rows_first(facts: Facts) -> None:
    section = drift_section(facts)

    assert section is not None
    drawn = str(section.map.wide)
    assert drawn.index(">heat<") < drawn.index(">load<") < drawn.index(">quiet_39<")
    assert "15 Feb 2026" in drawn
    assert "01 Mar 2026" in drawn
    assert drawn.count("heat bad") == 1  # the window between two weeks is left out
    assert drawn.count("heat warn") == 1
    assert "heat, until 1 March 2026: drift; farthest distance 360% of its limit" in drawn
    assert "heat, until 15 February 2026: not enough data" in drawn
    assert "flat" not in drawn
    assert section.map.left_out == f"{42 - SHOWN} more features not shown."


def test_a_plant_with_too_little_data_says_so(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put(plant, "gold.drift", [row("heat", None)])

    section = drift_section(collect(plant))

    assert section is not None
    assert section.state == "Too little to compare yet: none of 1 comparison has enough data."
    assert (str(section.map.wide), section.lines) == ("", ())


def test_every_verdict_has_words() -> None:
    assert {*_WORDS, "INSUFFICIENT_DATA"} == set(DRIFT_VERDICTS)


def test_names_of_features_are_text(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path)
    lakes.put(plant, "gold.drift", [row(lakes.HOSTILE, 0.9)])

    page = render_page(collect(plant))

    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_the_section_fits_every_screen(facts: Facts, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(render_page(facts), encoding="utf-8")

    for width, found in screens(page, WIDTHS).items():
        assert (found.width, found.scrolling, found.beyond) == (width, (), ())
