"""Clocks that jump and come back: all is normal within one grid time, no critical reading is silent, nothing is sent
twice. Each case compares a device with a twin whose clocks are right.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge_bundle.gateway.devices import (
    BEGIN_US,
    CRITICAL,
    DAY_US,
    EVERY_US,
    GRID_US,
    HOUR_US,
    MINUTE_US,
    Device,
    grid_times,
    keys,
)
from tests.edge_bundle.gateway.plants import US

JUMPS = {
    "10 min": 10 * MINUTE_US,
    "5 h": 5 * HOUR_US,
    "30 d": 30 * DAY_US,
    "-10 min": -10 * MINUTE_US,
    "-5 h": -5 * HOUR_US,
    "-30 d": -30 * DAY_US,
    "to 1970": 120 * US - BEGIN_US - 40 * MINUTE_US,
    "to 2038": 2_147_483_700 * US - BEGIN_US - 40 * MINUTE_US,
}
BEFORE_US, WRONG_US, AFTER_US = 40 * MINUTE_US, 23 * MINUTE_US, 90 * MINUTE_US
SETTLED_US = 30 * MINUTE_US
"""The longest window of the small plant, and what a wrong clock of ten minutes leaves in it."""
EVENTS = {"none": None, "restart": False, "reboot": True}


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    device = Device(tmp_path_factory.mktemp("twin"))
    device.run(BEFORE_US + WRONG_US + AFTER_US)
    yield device
    device.close()


def jumped(device: Device, by_us: int, event: str) -> None:
    """Forty minutes, a jump, twenty-three minutes with a restart within, the correction, ninety minutes."""
    device.hot = {"before"}
    device.run(BEFORE_US)
    device.hot = {"wrong"}
    device.clock.jump(by_us)
    device.run(WRONG_US // 2 // EVERY_US * EVERY_US)
    if EVENTS[event] is not None:
        device.restart(is_reboot=bool(EVENTS[event]))
    device.run(WRONG_US - WRONG_US // 2 // EVERY_US * EVERY_US)
    device.hot = {"after"}
    device.clock.jump(-by_us)
    device.run(AFTER_US)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("by_us", JUMPS.values(), ids=JUMPS)
def test_a_device_whose_clock_jumps_and_comes_back(tmp_path: Path, twin: Device, by_us: int, event: str) -> None:
    device = Device(tmp_path)

    jumped(device, by_us, event)

    corrected_us, end_us = BEGIN_US + BEFORE_US + WRONG_US, device.true_us
    assert device.scored(corrected_us + GRID_US, end_us) == grid_times(corrected_us + GRID_US, end_us)
    for at_us in grid_times(corrected_us + SETTLED_US, end_us):
        assert device.vectors["m1", at_us] == twin.vectors["m1", at_us], at_us
    found = keys(device.sent("edge_scores"))
    assert len(found) == len(set(found)) == len(device.scored_times)
    assert set(device.alerted()) == {"before", "wrong", "after"}
    sequences = sorted(
        int(str(record["sequence"])) for feed in ("alerts", "edge_scores") for record in device.sent(feed)
    )
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    device.close()


@pytest.mark.parametrize("by_us", JUMPS.values(), ids=JUMPS)
def test_one_critical_reading_is_enough_at_any_moment(tmp_path: Path, by_us: int) -> None:
    """Before, just after and long after the jump; just after and long after the correction."""
    device, seen = Device(tmp_path), list[str]()
    for number, (jump_us, then_us) in enumerate(
        [(0, 20 * MINUTE_US), (by_us, 0), (0, 15 * MINUTE_US), (-by_us, 0), (0, 15 * MINUTE_US)]
    ):
        device.clock.jump(jump_us)
        device.run(then_us)
        device.read(f"s{number}", CRITICAL, "m3")
        seen.append(f"s{number}")
        assert sorted(device.alerted()) == seen
    device.close()


def test_a_critical_sensor_is_announced_again_in_time_whatever_the_clock_does(tmp_path: Path) -> None:
    """Once when it is raised, then once an hour of time that truly passes."""
    device = Device(tmp_path)
    device.hot = {"hot"}
    for by_us in (0, 30 * DAY_US, -30 * DAY_US, -5 * HOUR_US, 5 * HOUR_US, 0):
        device.clock.jump(by_us)
        device.run(50 * MINUTE_US)

    assert device.alerted() == {"hot": 5}
    device.close()


@pytest.mark.parametrize("off_us", JUMPS.values(), ids=JUMPS)
@pytest.mark.parametrize("event", EVENTS)
def test_a_sensor_whose_own_clock_jumps_and_comes_back(tmp_path: Path, twin: Device, off_us: int, event: str) -> None:
    device = Device(tmp_path)
    device.run(BEFORE_US)
    device.off_us = {"s1": off_us, "hot": off_us}
    device.hot = {"hot"}
    device.run(10 * MINUTE_US)
    if EVENTS[event] is not None:
        device.restart(is_reboot=bool(EVENTS[event]))
    device.run(WRONG_US - 10 * MINUTE_US)
    device.off_us = {}
    device.run(AFTER_US)

    corrected_us, end_us = BEGIN_US + BEFORE_US + WRONG_US, device.true_us
    assert device.scored(BEGIN_US, end_us) == grid_times(BEGIN_US, end_us)
    assert device.counts()["late"] <= WRONG_US // EVERY_US * 2
    for at_us in grid_times(corrected_us + SETTLED_US, end_us):
        assert device.vectors["m1", at_us] == twin.vectors["m1", at_us]
    assert device.alerted()["hot"] >= 1
    device.close()


def test_a_sensor_nine_minutes_fast_makes_no_reading_late(tmp_path: Path) -> None:
    device = Device(tmp_path)
    device.off_us = {"s1": 9 * MINUTE_US}

    device.run(60 * MINUTE_US)

    assert device.counts()["late"] == 0
    assert device.scored(BEGIN_US, device.true_us) == grid_times(BEGIN_US, device.true_us)
    device.close()


@pytest.mark.parametrize("by_us", JUMPS.values(), ids=JUMPS)
def test_sensors_with_clocks_of_their_own_outlive_a_wrong_clock_of_the_device(
    tmp_path: Path, twin: Device, by_us: int
) -> None:
    device = Device(tmp_path, own_clocks=True)

    jumped(device, by_us, "none")

    corrected_us, end_us = BEGIN_US + BEFORE_US + WRONG_US, device.true_us
    assert device.scored(corrected_us + GRID_US, end_us) == grid_times(corrected_us + GRID_US, end_us)
    for at_us in grid_times(corrected_us + SETTLED_US, end_us):
        assert device.vectors["m1", at_us] == twin.vectors["m1", at_us]
    assert set(device.alerted()) == {"before", "wrong", "after"}
    device.close()


@pytest.mark.parametrize("drift_ppm", [200, -200, 20_000, -20_000])
def test_a_clock_that_drifts_is_followed(tmp_path: Path, drift_ppm: int) -> None:
    """To 2 %, ten times what any quartz does, then corrected at once."""
    device = Device(tmp_path)
    device.run(5 * HOUR_US, drift_ppm=drift_ppm)
    drifted_us = device.clock.wall_us()

    device.clock.set_wall(device.true_us)
    device.run(HOUR_US)

    assert device.scored(BEGIN_US, drifted_us) == grid_times(BEGIN_US, drifted_us)
    end_us = device.true_us
    assert device.scored(end_us - HOUR_US + GRID_US, end_us) == grid_times(end_us - HOUR_US + GRID_US, end_us)
    found = keys(device.sent("edge_scores"))
    assert len(found) == len(set(found))
    device.close()


@pytest.mark.parametrize("seconds", [2, 600, 18_000, 2_592_000])
def test_a_clock_that_flaps_between_two_times(tmp_path: Path, twin: Device, seconds: int) -> None:
    """Two time servers that disagree: fourteen jumps in half an hour."""
    device = Device(tmp_path)
    device.run(BEFORE_US)
    for number in range(14):
        device.clock.jump(seconds * US * (1 if number % 2 == 0 else -1))
        device.run(100 * US)
    device.run(AFTER_US)

    corrected_us, end_us = BEGIN_US + BEFORE_US + 1_400 * US, device.true_us
    assert device.scored(corrected_us + GRID_US, end_us) == grid_times(corrected_us + GRID_US, end_us)
    for at_us in grid_times(corrected_us + SETTLED_US, min(end_us, BEGIN_US + BEFORE_US + WRONG_US + AFTER_US)):
        assert device.vectors["m1", at_us] == twin.vectors["m1", at_us]
    found = keys(device.sent("edge_scores"))
    assert len(found) == len(set(found))
    device.close()


@pytest.mark.parametrize("wrong_us", [0, BEGIN_US - 5 * HOUR_US, BEGIN_US + 5 * HOUR_US], ids=["1970", "-5 h", "+5 h"])
@pytest.mark.parametrize("has_state", [True, False], ids=["with a state", "first start"])
def test_a_time_that_is_set_after_the_start_of_the_device(
    tmp_path: Path, twin: Device, wrong_us: int, *, has_state: bool
) -> None:
    device = Device(tmp_path)
    if has_state:
        device.run(BEFORE_US)
    device.save()
    device.close()
    device.clock.reboot(wall_us=wrong_us)
    device = Device(tmp_path, clock=device.clock, true_us=device.true_us)
    device.hot = {"early"}
    device.run(2 * MINUTE_US)
    device.clock.set_wall(device.true_us)
    device.run(AFTER_US)

    set_us, end_us = device.true_us - AFTER_US, device.true_us
    assert device.scored(set_us + GRID_US, end_us) == grid_times(set_us + GRID_US, end_us)
    for at_us in grid_times(set_us + SETTLED_US, end_us):
        assert device.vectors["m1", at_us] == twin.vectors["m1", at_us]
    assert device.alerted()["early"] >= 1
    device.close()


@pytest.mark.parametrize("by_us", [-5 * HOUR_US, -30 * DAY_US, 120 * US - BEGIN_US], ids=["-5 h", "-30 d", "to 1970"])
@pytest.mark.parametrize("event", ["none", "restart"])
def test_after_a_clock_that_was_behind_windows_are_as_full_as_before(tmp_path: Path, by_us: int, event: str) -> None:
    device = Device(tmp_path)
    device.run(6 * HOUR_US)
    device.clock.jump(by_us)
    device.run(2 * MINUTE_US)
    if EVENTS[event] is not None:
        device.restart(is_reboot=bool(EVENTS[event]))
    device.run(2 * MINUTE_US)
    device.clock.jump(-by_us)
    device.run(MINUTE_US)

    first_us = BEGIN_US + 6 * HOUR_US + 5 * MINUTE_US
    assert device.vectors["m1", first_us].split().count("nan") == twin_nan_count(tmp_path / "twin")
    assert device.counts()["ahead_of_clock"] == 0
    device.close()


def twin_nan_count(folder: Path) -> int:
    twin = Device(folder)
    twin.run(HOUR_US)
    twin.close()
    return twin.vectors["m1", BEGIN_US + HOUR_US].split().count("nan")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("ahead_us", [2 * HOUR_US, 5 * HOUR_US])
def test_what_a_clock_that_was_ahead_left_reaches_no_later_window(tmp_path: Path, ahead_us: int, event: str) -> None:
    device, other = Device(tmp_path / "wrong"), Device(tmp_path / "right")
    device.clock.jump(ahead_us)
    device.run(WRONG_US)
    device.clock.jump(-ahead_us)
    device.run(MINUTE_US)
    assert device.counts()["ahead_of_clock"] > 100
    if EVENTS[event] is not None:
        device.restart(is_reboot=bool(EVENTS[event]))

    device.run(6 * HOUR_US)

    other.run(WRONG_US + MINUTE_US + 6 * HOUR_US)
    sent = set(device.vectors)
    again_us = BEGIN_US + ahead_us
    assert [at for at in grid_times(again_us, again_us + WRONG_US) if ("m1", at) in sent]
    late = [at for at in grid_times(again_us + WRONG_US + GRID_US, device.true_us) if at > BEGIN_US + HOUR_US]
    assert late
    assert all(device.vectors["m1", at] == other.vectors["m1", at] for at in late)
    assert device.counts()["scores_repeated"] >= 4
    device.close()
    other.close()


@pytest.mark.parametrize("by_us", [30 * DAY_US, 5 * HOUR_US])
def test_a_state_that_an_earlier_gateway_left_ahead_of_the_clock_is_taken_over(tmp_path: Path, by_us: int) -> None:
    """A state of before has no boot, no monotonic time, no runs of grid times; its maxima lie in the future."""
    device = Device(tmp_path)
    device.clock.jump(by_us)
    device.run(HOUR_US)
    device.clock.jump(-by_us)
    device.merge()
    connection = device.store.connection
    connection.execute("DELETE FROM about WHERE name IN ('clock', 'ahead', 'expiry_alarm')")
    for machine_id, text in connection.execute("SELECT machine_id, state FROM clocks").fetchall():
        known = json.loads(text)
        known["times"] = [known["times"][0], BEGIN_US + by_us + HOUR_US, BEGIN_US + by_us + HOUR_US]
        former = {name: value for name, value in known.items() if name not in {"alarm", "scored"}}
        former["standing"] = [BEGIN_US + by_us + HOUR_US, 2, "SAFE_STOP", BEGIN_US + by_us]
        connection.execute("UPDATE clocks SET state = ? WHERE machine_id = ?", (json.dumps(former), machine_id))
    device.close()

    later = Device(tmp_path, clock=device.clock, true_us=device.true_us)
    later.hot = {"hot"}
    later.run(HOUR_US)

    begin_us = later.true_us - HOUR_US
    assert later.scored(begin_us + GRID_US, later.true_us) == grid_times(begin_us + GRID_US, later.true_us)
    assert later.counts()["too_late"] == 0
    assert later.alerted()["hot"] == 1
    later.close()


def test_a_clock_that_jumps_forward_makes_nothing_forgotten_before_it_is_known_to_be_right(tmp_path: Path) -> None:
    device = Device(tmp_path)
    device.run(HOUR_US)
    before = device.counts()["accepted"]
    device.clock.jump(30 * DAY_US)
    device.run(HOUR_US)
    device.clock.jump(-30 * DAY_US)
    device.run(MINUTE_US)

    assert len(list(device.store.readings("m1", 0, BEGIN_US + HOUR_US + 1))) == before
    device.close()


def test_thousands_of_gateways_with_random_clocks_are_all_well_in_the_end(tmp_path: Path) -> None:
    """Twelve here; more by the number. Jumps, restarts and reboots in any order."""
    for seed in range(12):
        rng = random.Random(seed)
        device = Device(tmp_path / str(seed))
        for _ in range(rng.randrange(1, 8)):
            device.clock.jump(rng.choice((-1, 1)) * rng.choice((1, 30, 600, 7_200, 86_400, 10**7)) * US)
            device.run(rng.randrange(1, 12) * MINUTE_US)
            if rng.random() < 0.4:
                device.restart(is_reboot=rng.random() < 0.5)
        device.clock.set_wall(device.true_us)
        corrected_us = device.true_us
        device.read("last", CRITICAL, "m3")
        device.run(HOUR_US)

        got = {at for machine, at in device.scored_times if machine == "m1"}
        assert set(grid_times(corrected_us + GRID_US, device.true_us)) <= got, seed
        found = keys(device.sent("edge_scores"))
        assert len(found) == len(set(found)), seed
        assert device.alerted()["last"] == 1, seed
        device.close()
