"""Records of the simulated plant come late, at times by a day, and never later than its profile declares."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from expectations.plant.plant_profile import EVENT_FEEDS
from simulator.events import Event
from simulator.office_files import event_files
from simulator.plant import US, SimulationConfig, load_plant_profile
from simulator.recording import recorded_us
from simulator.world import World, build_world

CONFIG = SimulationConfig(days=30, machines=6, life_scale=0.3, faults=False)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(CONFIG)


def _events(world: World, count: int = 400) -> list[Event]:
    machine = world.machines[0]
    return [Event(CONFIG.start_us + number * 3600 * US, machine, "seal") for number in range(count)]


@pytest.mark.parametrize("feed", EVENT_FEEDS)
def test_no_record_comes_later_than_the_profile_declares(world: World, feed: str) -> None:
    events, declared = _events(world), timedelta(seconds=load_plant_profile().delays[EVENT_FEEDS[feed]])
    by_time = {}
    for event in events:
        for file in event_files(feed, [event], CONFIG):
            if file.lines:
                by_time[event.time_us] = timedelta(microseconds=file.modified_us - event.time_us)

    assert len(by_time) == len(events)
    assert timedelta(0) < min(by_time.values())
    assert max(by_time.values()) <= declared


def test_what_a_person_writes_down_is_late_at_times_and_what_a_control_writes_never(world: World) -> None:
    events = _events(world)
    late = {
        feed: [done - event.time_us for event, done in zip(events, recorded_us(feed, events, CONFIG), strict=True)]
        for feed in EVENT_FEEDS
    }

    assert set(late["errors"]) == {0}
    for feed in ("maintenance", "failures"):
        slow = [one for one in late[feed] if one > 8 * 3600 * US]
        assert 0.05 * len(events) < len(slow) < 0.2 * len(events)
        assert max(slow) < 86_400 * US


def test_a_record_of_before_the_run_is_in_the_one_file_of_its_history(world: World) -> None:
    began = load_plant_profile().began_at
    old = [Event(int((began + n * DAY).timestamp()) * US, world.machines[0], "seal") for n in range(5)]

    files = event_files("maintenance", old, CONFIG)

    (history,) = [file for file in files if file.lines]
    assert history.path == f"maintenance/{(CONFIG.started_at - DAY).date()}.jsonl"
    assert len(history.lines) == 5
    assert datetime.fromtimestamp(history.modified_us / US, UTC) == CONFIG.started_at + timedelta(minutes=10)


def test_the_last_day_of_each_delivery_has_a_file_though_nothing_happened() -> None:
    paths = {file.path: file.step for file in event_files("failures", [], CONFIG)}

    last = CONFIG.ends_at - DAY
    assert paths == {
        f"failures/{CONFIG.started_at.date()}.csv": 1,
        f"failures/{(last - DAY).date()}.csv": 1,
        f"failures/{last.date()}-update.csv": 2,
    }


def test_each_step_brings_what_was_written_in_it(world: World) -> None:
    steps = defaultdict(set)
    for file in world.office_files:
        if file.feed in EVENT_FEEDS and file.lines:
            steps[file.step].add(datetime.fromtimestamp(file.modified_us / US, UTC))

    assert max(steps[1]) <= CONFIG.ends_at - DAY + timedelta(minutes=10)
    assert steps[2] == {CONFIG.ends_at + timedelta(minutes=10)}
