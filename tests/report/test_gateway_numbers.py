"""The report shows what happened to each number of each gateway, and what never came."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from report.facts import Facts, collect
from report.page import render_page
from report.sections.gateway_numbers import gateway_numbers
from tests.report import lakes

NONE = {"duplicate": 0, "superseded": 0, "quarantined": 0, "rejected": 0, "blank": 0, "unnumbered": 0, "runs": 1}


def _row(gateway: str | None, day: int, accepted: int | None, missing: int | None, **changes: Any) -> dict[str, Any]:
    if accepted is None or missing is None:
        unknown = {"gateway_id": gateway, "day": date(2026, 3, day), "state": "unknown", "unnumbered": 7}
        return unknown | changes
    produced = accepted + missing
    return {
        "gateway_id": gateway, "day": date(2026, 3, day), "state": "counted", "produced": produced,
        "accepted": accepted, "missing": missing, "loss_frac": missing / produced, **NONE, **changes,
    }  # fmt: skip


def _day(gateway: str, day: int, half_s: float | None) -> dict[str, Any]:
    return {
        "gateway_id": gateway, "day": date(2026, 3, day), "accepted_count": 990, "quarantined_count": 10,
        "clock_suspect_count": 5, "bad_frac": 0.015, "delivered_after_p50_s": half_s, "delivered_after_p95_s": half_s,
        "delivered_late_count": 40 if half_s else 0, "delivered_unknown_count": 0,
    }  # fmt: skip


OLD = {
    **_day("", 1, 9.0),
    "gateway_id": None,
    "day": date(2026, 2, 9),
    "last_reading_at": datetime(2026, 2, 9, 10, tzinfo=UTC),
}


WRONG = {"gateway_id": "g3", "stated_date": date(1970, 1, 1), "reading_count": 3}


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    plant = lakes.plant_at(tmp_path_factory.mktemp("numbers") / "lake")
    rows = [_row("g1", 1, 9_000, 0), _row("g1", 2, 8_900, 100), _row("g2", 1, 5_000, 0), _row(None, 1, None, None)]
    lakes.put(plant, "gold.reconciliation", rows)
    lakes.put(plant, "gold.gateway_daily", [_day("g1", 2, 3_600.0), _day("g1", 1, 7_200.0), _day("g2", 2, None), OLD])
    lakes.put(plant, "gold.clock_suspects", [WRONG, {**WRONG, "gateway_id": "g1"}])
    return collect(plant, as_of=lakes.CLOCK)


def test_each_gateway_has_its_sum_and_what_never_came(facts: Facts) -> None:
    nameless, lossy, whole = gateway_numbers(facts.quality.numbers)

    assert lossy.sentence == "17,900 accepted + 100 missing = 18,000"
    assert "100 of 18,000" in lossy.loss
    assert "2026-03-02" in lossy.loss or "2 Mar" in lossy.loss
    assert (lossy.is_above, whole.is_above, whole.loss) == (True, False, "Every number of 1 day came.")
    assert (nameless.produced, nameless.beside) == ("", "7 records without a number")
    assert "cannot be known" in nameless.sentence
    assert render_page(facts).count("An alert is raised above 0.1 % in a week.") == 1


def test_each_gateway_says_how_late_its_newest_week_came(facts: Facts) -> None:
    nameless, lossy, whole = gateway_numbers(facts.quality.numbers, facts.quality.deliveries)

    assert lossy.delivered == (
        "In the newest week 20 of 2,000 readings (1 %) are set aside; 4 % came later than tables may be old. On the "
        "slowest day half came within 2 h, 95 of 100 within 2 h."
    )
    assert (
        whole.delivered == "In the newest week 10 of 1,000 readings (1 %) are set aside; no file says when they came."
    )
    assert nameless.delivered == "No reading in the newest week: nothing with a true time since 2026-02-09 10:00."
    assert lossy.delivered in render_page(facts)


def test_without_gateways_the_page_has_no_such_part(tmp_path: Path) -> None:
    assert "what never came" not in render_page(collect(lakes.plant_at(tmp_path / "lake")))


def test_a_gateway_whose_clock_was_never_right_is_known(facts: Facts) -> None:
    assert [(one.gateway, one.readings, one.last) for one in facts.quality.deliveries][1:] == [
        ("g1", 2_000, None), ("g2", 1_000, None), ("g3", 0, None)
    ]  # fmt: skip
