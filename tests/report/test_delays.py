"""The report shows how late events are known beside what the profile declares."""

from pathlib import Path

from report.facts import collect
from report.page import render_page
from report.sections.delays import delay_lines
from tests.report import lakes


def test_delays_that_were_observed_are_shown_beside_the_declared_one(tmp_path: Path) -> None:
    plant = lakes.plant_at(tmp_path / "lake")
    late = {"event_count": 1234, "delay_p50_s": 1800.0, "delay_p95_s": 90_000.0, "delay_max_s": 864_000.0}
    lakes.put(
        plant,
        "gold.feed_delays",
        [
            {"feed": "failures", "mapping": "log", **late, "declared_delay_s": 86_400.0},
            {"feed": "maintenance", "mapping": "orders", **late, "declared_delay_s": 90_000.0},
            {"feed": "errors", "mapping": "codes", "event_count": 0},
        ],
    )

    facts = collect(plant)

    errors, failures, maintenance = delay_lines(facts.quality.delays)
    assert (errors.most, errors.declared, errors.is_later) == ("not observed", "none", False)
    assert (failures.events, failures.half, failures.most, failures.longest) == ("1,234", "30 min", "25 h", "10 days")
    assert (failures.declared, failures.is_later, maintenance.is_later) == ("24 h", True, False)
    page = render_page(facts)
    assert page.count("less than observed") == 1
    assert "How late events are known" in page


def test_before_the_first_check_the_page_has_no_such_table(tmp_path: Path) -> None:
    assert "How late events are known" not in render_page(collect(lakes.plant_at(tmp_path / "lake")))
