from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report.charts import svg
from report.charts.days import DayValue, Level, day_bars
from report.charts.scales import Scale, TimeScale, padded, ticks, time_ticks
from report.charts.stack import WIDTH, Part, stacked
from report.charts.story_panels import Limit, Panel

START = datetime(2026, 2, 1, tzinfo=UTC)


def test_texts_and_attributes_are_escaped() -> None:
    drawn = svg.picture(10, 10, 'a "label"', svg.text(1, 2, "<b>&"), svg.rect(0, 0, 1, 1, "main", "<title>"))

    ET.fromstring(drawn)
    assert "<b>" not in drawn
    assert "&lt;title&gt;" in drawn


@given(st.floats(-1e9, 1e9), st.floats(0.001, 1e9), st.integers(2, 9))
def test_ticks_are_few_even_and_within(low: float, width: float, most: int) -> None:
    high = low + width

    found = ticks(low, high, most)

    assert len(found) <= most + 1
    assert all(low - 1e-6 * width <= tick <= high + 1e-6 * width for tick in found)


@pytest.mark.parametrize(("hours", "step"), [(8, 1), (100, 12), (9 * 24, 24), (60 * 24, 168)])
def test_time_ticks_are_round(hours: int, step: int) -> None:
    found = time_ticks(START, START + timedelta(hours=hours))

    assert 3 <= len(found) <= 10
    assert {after - before for before, after in pairwise(found)} == {timedelta(hours=step)}


def test_a_range_of_no_width_still_has_a_scale() -> None:
    low, high = padded(5.0, 5.0)

    assert Scale(low, high, 0, 100)(5.0) == 50.0
    assert Scale(5.0, 5.0, 0, 100)(5.0) == 50.0


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5).filter(any))
def test_the_parts_of_a_bar_add_up_to_its_width(records: list[int]) -> None:
    drawn = stacked("records", [Part(f"class {n}", value, "main") for n, value in enumerate(records)])

    first_row = [r for r in ET.fromstring(drawn).iter("rect") if r.get("y") == "0"]
    gap = 1.0 if len(first_row) > 1 else 0.0
    assert len(first_row) == sum(value > 0 for value in records)
    assert sum(float(r.get("width", 0)) + gap for r in first_row) == pytest.approx(WIDTH, abs=0.5)


def test_small_parts_follow_again_larger() -> None:
    drawn = ET.fromstring(
        stacked("records", [Part("accepted", 990, "a"), Part("rejected", 4, "b"), Part("blank", 6, "c")])
    )

    titles = [title.text for title in drawn.iter("title")]

    assert titles[-2:] == ["rejected: 4 of 10 (40 %)", "blank: 6 of 10 (60 %)"]


def test_days_without_data_leave_a_gap() -> None:
    days = [DayValue(date(2026, 2, 1), 4, "first"), DayValue(date(2026, 2, 10), 8, "last", dark=2)]

    drawn = ET.fromstring(day_bars("values", days, "main", Level(9.0, "alert line")))

    xs = [float(r.get("x", 0)) for r in drawn.iter("rect") if r.get("class") == "main"]
    assert xs[1] - xs[0] == pytest.approx(9 * 33.6)
    assert "alert line" in [text.text for text in drawn.iter("text")]


def test_no_days_draw_nothing() -> None:
    assert day_bars("values", [], "main") == ""


def test_a_limit_far_from_the_signal_is_named_instead_of_drawn() -> None:
    line = [(START + timedelta(hours=n), 2.0 + 0.1 * (n % 2)) for n in range(5)]
    limits = (Limit(2.12, "warning above 2.12", "warn"), Limit(80.0, "critical above 80", "bad"))

    drawn = Panel("vibration, mm/s", line, limits=limits).draw(TimeScale(START, START + timedelta(hours=4), 50, 900), 0)

    assert "critical above 80 (off this scale)" in drawn
    assert drawn.count('class="limit"') == 1


def test_a_threshold_that_changed_is_drawn_where_it_held() -> None:
    line = [(START + timedelta(hours=n), float(n)) for n in range(5)]
    steps = [(START, float("inf")), (START + timedelta(hours=1), 3.0), (START + timedelta(hours=3), 2.0)]

    drawn = Panel("score", line, steps=steps).draw(TimeScale(START, START + timedelta(hours=4), 0, 400), 0)

    lines = [r for r in ET.fromstring(drawn).iter("line") if r.get("class") == "limit"]
    assert [(r.get("x1"), r.get("x2")) for r in lines] == [("100", "300"), ("300", "400")]


def test_a_silent_time_is_not_bridged_by_a_line() -> None:
    line = [(START + timedelta(hours=hour), 1.0) for hour in (0, 1, 9, 10)]

    drawn = Panel("speed, rpm", line).draw(TimeScale(START, START + timedelta(hours=10), 50, 900), 0)

    assert drawn.count('class="line"') == 2


def test_a_limit_out_of_sight_is_named_beside_the_panels_name_where_no_line_crosses_it() -> None:
    times = [START + timedelta(hours=hour) for hour in range(3)]
    far = Limit(900.0, "critical above 900 °C", "bad")
    panel = Panel("temperature, °C", [(at, 50.0 + place) for place, at in enumerate(times)], limits=(far,))

    drawn = ET.fromstring(f"<svg>{panel.draw(TimeScale(times[0], times[-1], 52.0, 950.0), 0.0)}</svg>")

    (name,) = (each for each in drawn.iter("text") if each.get("class") == "name")
    assert (name.get("x"), name.text) == ("52", "temperature, °C")
    assert [each.text for each in name] == ["critical above 900 °C (off this scale)"]
