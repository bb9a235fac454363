"""The card: one offline page with every figure, the same bytes for the same model."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ml.data.dataset import as_text
from ml.evaluation.ablation import Ablation
from ml.gates.failure_gate import Verdict, report, worded
from ml.outlook.fit import Coverage, OutlookFit
from ml.policy import Policy
from ml.training.train import TrainedModel, train
from report.model_card.card import CardIdentity, make_card, render_card
from tests.support.browser import CHROMIUM, MISSING, screens
from tests.support.event_outcomes import outcome
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames, plant_model
from tests.support.saved_machines import saved_frames
from tests.support.wide_plant import features_of_metrics, wide_frames

WIDTHS = (320, 390, 768, 1280, 1920)
IDENTITY = CardIdentity("test_plant", "0123456789abcdef", {"gold.machine_features": 3}, "r1")


LABEL = re.compile(r' data-label="[^"]*"')  # of narrow screens


def page(model: TrainedModel) -> str:
    return LABEL.sub("", render_card(make_card(model, IDENTITY)))


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("card") / "card.html"
    written.write_text(render_card(make_card(plant_model(), IDENTITY)), encoding="utf-8")
    return written


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_the_screen(card: Path, width: int) -> None:
    found = screens(card, WIDTHS)[width]

    assert (found.width, found.scrolling, found.beyond) == (width, (), ())
    assert found.scroll_width <= width


def test_page_needs_nothing_from_the_network() -> None:
    html = page(plant_model())

    assert not re.search(r'(src|href)\s*=\s*"(?!#)', html.replace('xlink:href="#', ""))
    assert "@import" not in html
    assert "<script" not in html


def test_same_model_gives_the_same_page() -> None:
    assert page(plant_model()) == page(plant_model())


def test_the_card_has_every_picture_in_the_pages_colours() -> None:
    html = page(plant_model())

    assert html.count('<svg viewBox="') == 7  # six pictures, the timeline for a telephone as well
    assert not re.search(r'(?:fill|stroke)="', html)
    assert not re.search(r"(?:fill|stroke):\s*#", html)


def test_identifiers_are_unique_on_the_page() -> None:
    found = re.findall(r'\bid="([^"]+)"', page(plant_model()))

    assert len(found) == len(set(found))


def test_every_tag_is_closed() -> None:
    open_tags: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            del attrs
            if tag not in ("meta", "br"):
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Balance().feed(page(plant_model()))

    assert open_tags == []


def test_money_is_in_dollars_and_counts_are_not() -> None:
    card = make_card(plant_model(), IDENTITY)
    assert card.failure is not None
    assert card.best is not None

    html = LABEL.sub("", render_card(card))

    counts = (card.best.caught, card.best.missed, card.best.false_alarms)
    row = "".join(f'<td class="n">{each:,}</td>' for each in counts) + f'<td class="n">${card.best.cost:,.0f}</td>'
    assert row in html
    assert f"<b>${card.failure.events.cost:,.0f}</b>" in html
    assert f"Missed failure ${POLICY.costs.missed_failure:,.0f}" in html


def test_an_interval_is_not_parted() -> None:
    assert re.search(r'<small class="whole">\[\d+\xa0%, \d+\xa0%\]</small>', page(plant_model()))


def test_page_tells_denominators_gate_and_origin() -> None:
    model = plant_model()
    assert model.failure is not None
    recall = model.failure.evaluation.outcome.recall

    html = page(model)

    assert f"{recall.hits} / {recall.total}" in html
    assert "provisional" in html
    assert "gold.machine_features@3" in html


def test_page_has_the_table_of_what_the_data_can_carry() -> None:
    html = page(plant_model())

    for check in plant_model().readiness.table:
        assert f"<td>{check.name.replace('_', ' ')}</td>" in html


def test_page_tells_which_rows_judge_the_forest() -> None:
    model = plant_model()
    assert model.anomaly is not None

    html = page(model)

    assert f"{model.anomaly.choosing_rows:,} healthy rows chose its threshold" in html
    assert f"{model.anomaly.tested_rows:,} healthy rows from {as_text(model.anomaly.tested_from_us)[:10]}" in html


def test_page_says_what_the_forest_sees() -> None:
    model = plant_model()
    assert model.anomaly is not None
    shift = model.anomaly.power[0]

    html = page(model)

    assert shift.kind == "shift"
    assert f">{shift.found.hits} / {shift.found.total}</td>" in html
    assert "Known incidents." not in html


def test_page_says_how_many_known_incidents_were_found() -> None:
    model = train(wide_frames(2), features_of_metrics(2), Policy(), PARAMS)
    assert model.anomaly is not None
    assert model.anomaly.incidents is not None

    assert f"It found {model.anomaly.incidents.found.hits} of 14 that the profile lists" in page(model)


def test_page_has_the_second_stage_beside_t2_and_q_where_the_policy_asks_for_one() -> None:
    policy = replace(POLICY, second_stage_epochs=1, second_stage_rows=4)
    model = train(wide_frames(3), features_of_metrics(3), policy, PARAMS)
    assert model.anomaly is not None
    second = model.anomaly.second
    assert second is not None

    html = page(model)

    assert f"on the same {second.rows:,} rows of 4 machines" in html
    for each in (second.first, second.lstm.alone, second.pca.alone, second.pca.confirmed):
        assert f"{each.found} / {each.tested}</td>" in html
    assert str(second.loss) in html
    assert "The second stage" not in page(plant_model())


def test_page_says_why_there_is_no_second_stage_though_it_was_asked_for() -> None:
    policy = replace(POLICY, second_stage_epochs=1)
    model = train(wide_frames(1), features_of_metrics(1), policy, PARAMS)

    assert "no second stage: " in page(model)


def test_page_counts_alarms_that_ended_by_an_intervention_apart() -> None:
    frames = saved_frames(plant_frames(machines=8, days=80), finding="confirmed")
    model = train(frames, FEATURES, replace(POLICY, intervention_repair_frac=0.25), PARAMS)
    assert model.failure is not None
    counts = model.failure.evaluation.outcome.counts

    html = page(model)

    assert counts.intervened > 0
    assert (
        f"{counts.intervened} more ended by an intervention ({counts.confirmed} confirmed, each charged 0.25 of" in html
    )
    assert f"alarms that ended by an intervention: {counts.intervened}, {counts.confirmed} confirmed" in html
    assert "intervened</td>" in html
    assert "intervened</td>" not in page(plant_model())


def test_page_says_why_a_champion_could_not_be_compared() -> None:
    check = worded("horizon", Verdict.FAIL, "another horizon than the champion's")
    refused = report("comparison", [check], provisional=False)

    assert "another horizon than the champion&#39;s" in page(replace(plant_model(), gate=refused))


@pytest.mark.parametrize(
    ("false_alarms", "words"),
    [(0, "Telemetry earns its place"), (100, "prove nothing about the sensors")],
    ids=["sensors help", "sensors do not help"],
)
def test_page_says_what_the_sensors_are_worth(false_alarms: int, words: str) -> None:
    model = plant_model()
    assert model.failure is not None
    ablation = Ablation(2, 1, outcome(9, 1, false_alarms), outcome(9, 1, 50), 0.6, 0.5)

    html = page(model.with_model(replace(model.failure, ablation=ablation)))

    assert words in html


def test_page_tells_the_time_that_is_left_and_how_often_its_interval_held() -> None:
    failure = plant_model().failure
    assert failure is not None
    outlook = failure.outlook
    assert outlook.coverage is not None
    lowest, second = outlook.bins[:2]

    html = page(plant_model())

    cells = ["", f"{second.margin_from:.3f}", f"{lowest.rows:,}", str(lowest.failures),
             f"{lowest.episodes.hits} / {lowest.episodes.total}", f"{lowest.earliest_h:.0f} h",
             f"{lowest.expected_h:.0f} h", f"{lowest.latest_h:.0f} h", f"{lowest.confidence_frac:.2f}"]  # fmt: skip
    assert "<tr>" + "".join(f'<td class="n">{cell}</td>' for cell in cells) + "</tr>" in html
    assert f"it held {100 * outlook.coverage.inside:.0f}\N{NO-BREAK SPACE}%" in html
    assert f"n = {outlook.coverage.failures} failures" in html


def test_page_without_a_table_says_why() -> None:
    failure = plant_model().failure
    assert failure is not None

    html = page(plant_model().with_model(replace(failure, outlook=OutlookFit((), None))))

    assert "Too few failures were held out for a table" in html
    assert "How often it does is unknown: no failure followed a row of a later block" in html


def test_page_gives_no_number_for_an_interval_that_too_few_failures_tried() -> None:
    failure = plant_model().failure
    assert failure is not None
    outlook = failure.outlook

    few = replace(outlook, coverage=Coverage(1234, 4, 0.0, 0.0))

    html = page(plant_model().with_model(replace(failure, outlook=few)))

    told = "only 4 failures followed the 1,234 later rows with an interval, 5 are needed"
    assert f"How often it does is unknown: {told}." in html
    assert "it held" not in html


def test_page_of_a_plant_without_failures_says_so() -> None:
    html = page(train(plant_frames(failing=False), FEATURES, POLICY, PARAMS))

    assert "No failure is on record" in html
    assert "Anomalies, without a failure model" in html


def test_text_from_outside_is_escaped() -> None:
    identity = replace(IDENTITY, plant="<b>plant</b>")

    assert "<b>plant</b>" not in render_card(make_card(plant_model(), identity))
