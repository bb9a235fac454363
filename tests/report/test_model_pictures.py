"""The pictures of a model: each number is where its scale says, and what was not stored is not drawn."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from expectations.model_folder.pictures import CostMark, LeadTimes, Machine, PrecisionRecall, Timeline
from report.charts.importance import importance_chart
from report.charts.model_pictures import model_pictures
from report.charts.performance import calibration_chart, cost_chart, lead_time_chart, precision_recall_chart
from report.charts.timeline import NARROW, WIDTH, timeline_chart
from report.facts import collect
from report.page import render_page
from tests.report import lakes

NUMBERS = lakes.pictures()


def titles(picture: str) -> list[str | None]:
    return [title.text for title in ET.fromstring(picture).iter("title")]


def texts(picture: str) -> list[str | None]:
    return [text.text for text in ET.fromstring(picture).iter("text")]


def path_of(picture: str, class_: str) -> list[tuple[float, float]]:
    """The points of the first line of a class, without those of the key."""
    commands = next(
        str(path.get("d")) for path in ET.fromstring(picture).iter("path")
        if path.get("class") == class_ and "h13" not in str(path.get("d"))
    )  # fmt: skip
    return [(float(x), float(y)) for x, y in (point.split(",") for point in commands[1:].split("L"))]


def test_every_picture_is_drawn_and_is_well_formed() -> None:
    found = model_pictures(NUMBERS)

    assert list(found) == ["timeline", "cost", "lead_time", "precision_recall", "calibration", "importance"]
    for picture in found.values():
        assert ET.fromstring(picture.chart).get("aria-label")
    assert found["timeline"].narrow


def test_nothing_is_drawn_without_numbers() -> None:
    assert model_pictures(None) == {}


def test_the_cost_line_has_its_marks_at_their_margins() -> None:
    drawn = cost_chart(NUMBERS.cost)

    line = path_of(drawn, "line")
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    assert line[1][1] > line[2][1] > line[0][1]  # the cheapest is the lowest
    assert "chosen, \N{MINUS SIGN}2: $47,000" in titles(drawn)
    assert {"never alarming: $105,000", "always alarming: $300,000", "probability 0.8: $90,000"} <= set(texts(drawn))


@pytest.mark.parametrize(
    ("always", "unit", "highest"),
    [
        (900_000.0, "cost, dollars", "800,000"),
        (9e6, "cost, thousand dollars", "8,000"),
        (9e9, "cost, million dollars", "8,000"),
    ],
    ids=["dollars", "thousands", "millions"],
)
def test_amounts_beside_the_axis_are_short(always: float, unit: str, highest: str) -> None:
    found = texts(cost_chart(replace(NUMBERS.cost, always=always)))

    assert {unit, highest} <= set(found)


def test_levels_of_nearly_one_cost_do_not_hide_each_other() -> None:
    drawn = ET.fromstring(cost_chart(replace(NUMBERS.cost, never=299_000.0)))

    ys = [float(text.get("y", 0)) for text in drawn.iter("text") if "alarming" in str(text.text)]
    assert abs(ys[0] - ys[1]) > 11


def test_a_limit_beyond_the_curve_widens_the_scale() -> None:
    far = replace(NUMBERS.cost, limits=(CostMark(50.0, 1e6, 0.95),))

    assert "50: $1,000,000" in titles(cost_chart(far))


def test_the_warning_falls_from_all_announced_to_none() -> None:
    drawn = lead_time_chart(NUMBERS.lead_time)

    line = path_of(drawn, "line")
    assert [x for x, _ in line] == sorted(x for x, _ in line)  # hours fall to the right, so x grows
    assert [y for _, y in line] == sorted((y for _, y in line), reverse=True)
    assert "4 of 5 failures announced" in texts(drawn)


@pytest.mark.parametrize("lead", [LeadTimes((), 4), LeadTimes((), 0)], ids=["none announced", "none tested"])
def test_no_warning_is_a_picture_without_a_line(lead: LeadTimes) -> None:
    drawn = lead_time_chart(lead)

    assert f"0 of {lead.tested} failures announced" in texts(drawn)


def test_precision_begins_at_no_recall_and_ends_at_the_last_point() -> None:
    line = path_of(precision_recall_chart(NUMBERS.precision_recall), "line")

    assert line[0][0] == 46
    assert line[-1][0] == 318
    assert line[0][1] < line[-1][1]


def test_rows_without_a_failure_have_no_precision_to_draw() -> None:
    assert precision_recall_chart(PrecisionRecall((), (), 0.0, 0.0, 0.0)) == ""
    assert calibration_chart(()) == ""
    assert importance_chart(()) == ""


def test_calibration_names_rows_and_failures_of_each_bin() -> None:
    assert titles(calibration_chart(NUMBERS.calibration)).count("40 of 3,900 rows failed at 0.01") == 2


def test_bars_of_importance_are_in_proportion() -> None:
    bars = [each for each in ET.fromstring(importance_chart(NUMBERS.importance)).iter("rect") if len(each)]

    widths = [float(bar.get("width", 0)) for bar in bars]
    assert widths[0] / widths[1] == pytest.approx(1.25 / 0.5, rel=0.01)
    assert [bar.get("class") for bar in bars] == ["main", "accent"]


def test_the_timeline_has_each_alarm_and_failure_of_each_machine() -> None:
    found = titles(timeline_chart(NUMBERS.timeline))

    assert found == [
        "B-1, alarm 3 Feb 00:00", "B-1, alarm 8 Feb 00:00", "B-1, failure announced, 4 Feb 00:00",
        "B-1, failure announced, 9 Feb 00:00", "B-1, failure missed, 13 Feb 00:00", "B-2, alarm 6 Feb 00:00",
    ]  # fmt: skip


def test_the_timeline_says_that_it_does_not_show_every_machine() -> None:
    words = "2 of 3 machines, those with most failures"

    assert words in texts(timeline_chart(NUMBERS.timeline))
    assert words not in texts(timeline_chart(replace(NUMBERS.timeline, machine_count=2)))


@pytest.mark.parametrize("width", [NARROW, WIDTH])
@pytest.mark.parametrize("days", [9, 30, 84, 365])
def test_a_timeline_of_any_length_names_several_days_that_do_not_touch(days: int, width: float) -> None:
    first = NUMBERS.timeline.first_us
    drawn = ET.fromstring(timeline_chart(replace(NUMBERS.timeline, last_us=first + days * 86_400_000_000), width))

    named = [float(text.get("x", 0)) for text in drawn.iter("text") if text.get("text-anchor") == "middle"]
    assert len(named) >= 2
    assert all(after - before >= 45 for before, after in pairwise(named))


def test_an_episode_ends_with_the_picture() -> None:
    late = Timeline(0, 10_000_000, 9_000_000, (Machine("m", (9_000_000,), (), ()),), 1)

    bars = [each for each in ET.fromstring(timeline_chart(late)).iter("rect") if len(each)]
    assert float(bars[0].get("x", 0)) + float(bars[0].get("width", 0)) <= 950


def test_a_long_name_is_cut_where_it_has_no_line_of_its_own() -> None:
    named = replace(NUMBERS.timeline, machines=(Machine("a-machine-with-a-long-name", (), (), ()),))

    assert "a-machine-with-a-lo…" in texts(timeline_chart(named))
    assert "a-machine-with-a-long-name" in texts(timeline_chart(named, NARROW))


def test_text_from_outside_is_escaped() -> None:
    hostile = replace(NUMBERS.timeline, machines=(Machine("<script>x", (1,), (), ()),))

    assert "<script>" not in timeline_chart(hostile)


def test_a_folder_without_the_numbers_says_so_in_the_report(tmp_path: Path) -> None:
    plant = lakes.full_lake(tmp_path)
    plant.lake.storage.delete(lakes.MODEL_FOLDER / "pictures.json")

    page = render_page(collect(plant))

    assert "does not hold the numbers behind its pictures (<code>pictures.json</code>)" in page
    assert f"The card, <code>models/{lakes.MODEL}/model_card.html</code>, has pictures of its own." in page
    assert "Cost over the margin" not in page


def test_a_folder_with_the_numbers_has_its_pictures_in_the_report(tmp_path: Path) -> None:
    page = render_page(collect(lakes.full_lake(tmp_path)))

    assert "does not hold the numbers" not in page
    assert page.count("B-1, failure missed, 13 Feb 00:00") == 2
