"""What is forgotten changes no vector, and where it would, the score says that it is warming up."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.format.pipeline import FeatureRule, Pipeline
from edge_bundle.gateway.config import DAY_S, GatewayConfig
from edge_bundle.gateway.features.histories import EventHistory
from edge_bundle.gateway.input.records import Event, Item
from edge_bundle.gateway.input.times import format_us
from edge_bundle.gateway.state.store import Store
from tests.edge_bundle.gateway.engines import Run, reading
from tests.edge_bundle.gateway.plants import US, small_pipeline

BEGIN_US = 1_600_000_200 * US
MINUTE_US, DAY_US = 60 * US, DAY_S * US
PIPELINE = small_pipeline()
BRIEF = GatewayConfig("g1", keep_readings_s=1)
EVER = GatewayConfig("g1", keep_readings_s=10**9)
FAR = replace(
    PIPELINE,
    features=(*PIPELINE.features, FeatureRule("far", "window", "1", "temperature", "mean", 14 * DAY_S, 1)),
)
FAR_COUNT = replace(
    PIPELINE,
    features=(*PIPELINE.features, FeatureRule("far", "event_count", "1", window_s=30 * DAY_S, event_kind="error")),
)


def stream(seed: int) -> list[Item]:
    """Eight days of readings in order, and events that come in time, late by up to days, again, or all three."""
    rng = random.Random(seed)
    items: list[Item] = []
    events: list[Event] = []
    at_us = BEGIN_US
    while at_us < BEGIN_US + 8 * DAY_US:
        at_us += rng.choice((20, 60, 600, 7_200)) * US + rng.randrange(US)
        items.append(reading(at_us, rng.randrange(0, 150_00)))
        for _ in range(rng.randrange(3)):
            kind = rng.choice(("error", "error", "failure", "maintenance"))
            code = rng.choice(("e1", "e1", "e2", "seldom") if rng.random() < 0.9 else ("rare",))
            late_us = rng.choice((0, 60, 900, DAY_S, 5 * DAY_S)) * US
            events.append(Event(kind, "m1", code, at_us - late_us - rng.choice((0, MINUTE_US))))
            items.append(events[-1])
        if events and rng.random() < 0.3:
            items.append(rng.choice(events))
    return items


def kept_events(run: Run) -> list[Event]:
    store = Store(run.state, "g1", "small")
    found = list(store.events())
    store.close()
    return found


DELAYED = replace(
    PIPELINE,
    features=tuple(replace(rule, delay_s=3 * DAY_S) if rule.event_kind else rule for rule in PIPELINE.features),
)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_forgotten_changes_no_vector(tmp_path: Path, seed: int) -> None:
    items, rng = stream(seed), random.Random(seed)
    runs = [Run(tmp_path / name, config) for name, config in (("ever", EVER), ("brief", BRIEF), ("again", BRIEF))]
    for run in runs:
        run.folder.mkdir()

    runs[0].take(*items)
    with runs[1].engine() as engine:
        for item in items:
            engine.accept(item)
            if rng.random() < 0.1:
                engine.save()
    while items:
        part, items = items[:40], items[40:]
        runs[2].take(*part)

    ever, brief, again = runs
    assert len(ever.vectors) > 100
    assert ever.vectors == brief.vectors == again.vectors
    assert 3 * max(len(kept_events(brief)), len(kept_events(again))) < len(kept_events(ever))
    assert brief.counts["too_late"] > 0
    counted = ("events", "duplicate_events", "too_late")
    assert {sum(run.counts[name] for name in counted) for run in runs} == {sum(ever.counts[n] for n in counted)}


@pytest.mark.parametrize("seed", range(2))
def test_an_event_is_stored_until_it_can_be_known_and_is_passed(tmp_path: Path, seed: int) -> None:
    items = stream(seed)
    ever, brief = Run(tmp_path / "ever", EVER), Run(tmp_path / "brief", BRIEF)
    for run in (ever, brief):
        run.folder.mkdir()

    ever.take(*items, pipeline=DELAYED)
    while items:
        part, items = items[:40], items[40:]
        brief.take(*part, pipeline=DELAYED)

    assert len(ever.vectors) > 100
    assert brief.vectors == ever.vectors
    assert len(kept_events(brief)) < len(kept_events(ever))
    names = [rule.name for rule in DELAYED.features]
    counts = [row.split()[names.index("failure_10min_count")] for row in ever.vectors.values()]
    assert len(set(counts)) > 1


def test_a_repeated_event_that_was_forgotten_does_not_come_back(tmp_path: Path) -> None:
    run = Run(tmp_path, BRIEF)
    errors = [Event("error", "m1", "e1", BEGIN_US + at * MINUTE_US) for at in range(30)]
    run.take(*errors, reading(BEGIN_US, 0), reading(BEGIN_US + 2 * DAY_US, 0))

    run.take(*errors)

    assert kept_events(run) == errors[-1:]
    assert (run.counts["events"], run.counts["duplicate_events"], run.counts["too_late"]) == (30, 1, 29)


def test_the_first_event_of_its_code_is_taken_however_old_it_is(tmp_path: Path) -> None:
    run = Run(tmp_path, BRIEF)
    run.take(reading(BEGIN_US, 0), reading(BEGIN_US + 2 * DAY_US, 0))

    run.take(Event("maintenance", "m1", "oil", BEGIN_US - DAY_US), reading(BEGIN_US + 2 * DAY_US + 5 * MINUTE_US, 0))

    assert run.value("since_maintenance_h", BEGIN_US + 2 * DAY_US + 5 * MINUTE_US) == pytest.approx(72, abs=0.1)


def test_memory_holds_as_many_events_as_the_state() -> None:
    history = EventHistory()
    for at_us in range(100):
        history.add("error", "e1" if at_us % 2 else "e2", at_us)

    history.forget_before(90)

    assert [history.count("error", code, 0, 100) for code in ("e1", "e2", "")] == [6, 6, 11]
    assert [history.last_before("error", code, 90) for code in ("e1", "e2", "")] == [89, 88, 89]


def test_readings_that_a_score_waits_for_by_its_grace_outlive_a_restart(tmp_path: Path) -> None:
    patient = replace(BRIEF, grace_s=7_200)
    items = [reading(BEGIN_US + at * MINUTE_US, at) for at in range(400)]
    whole, broken = Run(tmp_path / "whole", patient), Run(tmp_path / "broken", patient)
    for run in (whole, broken):
        run.folder.mkdir()

    whole.take(*items)
    for part in (items[:200], items[200:]):
        broken.take(*part)

    assert len(whole.vectors) > 40
    assert broken.vectors == whole.vectors


def quarters(first: int, last: int) -> list[Item]:
    """A reading and an error every quarter of a day; their number is the reading's steps."""
    times = [(at, BEGIN_US + at * DAY_US // 4) for at in range(first, last)]
    return [item for at, us in times for item in (Event("error", "m1", "e1", us), reading(us, at))]


@pytest.mark.parametrize("pipeline", [FAR, FAR_COUNT], ids=["of readings", "of events"])
def test_after_a_bundle_with_a_longer_window_scores_warm_up_until_it_is_filled(
    tmp_path: Path, pipeline: Pipeline
) -> None:
    upgraded, always = Run(tmp_path / "upgraded"), Run(tmp_path / "always")
    for run, first in ((upgraded, PIPELINE), (always, pipeline)):
        run.folder.mkdir()
        run.take(*quarters(0, 80), pipeline=first)
        run.take(*quarters(80, 240), pipeline=pipeline)

    later = [score for score in upgraded.sent_scores() if str(score["scored_at"]) > format_us(BEGIN_US + 20 * DAY_US)]
    is_warm = [not score["is_warming_up"] for score in later]
    is_equal = [upgraded.vectors[key] == always.vectors[key] for key in sorted(always.vectors)[-len(later) :]]

    assert is_warm == sorted(is_warm)
    assert set(is_warm) == set(is_equal) == {False, True}
    assert all(equal for equal, warm in zip(is_equal, is_warm, strict=True) if warm)


def test_with_one_bundle_scores_stay_warm_whatever_is_forgotten(tmp_path: Path) -> None:
    run = Run(tmp_path, BRIEF)
    run.take(*(reading(BEGIN_US + at * 5 * MINUTE_US, at) for at in range(3 * 288)))

    assert [score["is_warming_up"] for score in run.sent_scores()].count(True) == 2


def test_a_state_that_does_not_say_what_was_forgotten_is_taken_over(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.take(*(reading(BEGIN_US + at * MINUTE_US, at) for at in range(30)))
    store = Store(run.state, "g1", "small")
    ((_, state),) = store.states("clocks")
    former = {name: value for name, value in json.loads(state).items() if name != "kept_from"}
    store.put_states("clocks", [("m1", json.dumps(former))])
    store.commit()
    store.close()

    run.take(*(reading(BEGIN_US + at * MINUTE_US, at) for at in range(30, 60)))

    assert not run.sent_scores()[-1]["is_warming_up"]
