"""Steps of a clock, told from time that passed."""

from __future__ import annotations

from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.clocks.timeline import Step, Timeline
from tests.edge_bundle.gateway.plants import US

BEGAN_US, NOW_US = 1_500_000_000 * US, 1_600_000_000 * US
HOUR_US, DAY_US = 3_600 * US, 86_400 * US


def timeline(clock: VirtualClock, state: str | None = None) -> Timeline:
    made = Timeline(clock, BEGAN_US, 600 * US, 7 * DAY_US)
    if state is not None:
        made.restore(state)
    return made


def test_time_that_passes_is_no_step() -> None:
    clock = VirtualClock(NOW_US)
    time = timeline(clock)

    clock.advance(30 * DAY_US)

    assert time.look() is None
    assert (time.now_us, time.steady_us) == (NOW_US + 30 * DAY_US, 30 * DAY_US)


def test_a_step_says_how_far_and_from_where_and_its_return_is_known() -> None:
    clock = VirtualClock(NOW_US)
    time = timeline(clock)

    clock.advance(US)
    clock.jump(HOUR_US)
    first = time.look()
    clock.advance(US)
    clock.jump(-HOUR_US)

    assert first == Step(HOUR_US, NOW_US + US, is_return=False)
    assert time.look() == Step(-HOUR_US, NOW_US + HOUR_US + 2 * US, is_return=True)


def test_a_restart_in_one_boot_finds_the_step_that_happened_meanwhile() -> None:
    clock = VirtualClock(NOW_US)
    state = timeline(clock).state()

    clock.advance(DAY_US)
    clock.jump(-HOUR_US)
    later = timeline(clock, state)

    assert later.look() == Step(-HOUR_US, NOW_US + DAY_US, is_return=False)
    assert (later.steady_us, later.is_other_boot) == (DAY_US, False)


def test_across_a_boot_time_off_is_not_known() -> None:
    clock = VirtualClock(NOW_US, monotonic_us=HOUR_US)
    state = timeline(clock).state()

    clock.reboot(off_us=DAY_US)
    later = timeline(clock, state)

    assert later.look() == Step(DAY_US, NOW_US, is_return=False)
    assert (later.steady_us, later.is_other_boot) == (0, True)


def test_a_monotonic_clock_that_went_back_is_of_another_boot() -> None:
    state = timeline(VirtualClock(NOW_US, monotonic_us=HOUR_US)).state()

    assert timeline(VirtualClock(NOW_US, monotonic_us=0), state).is_other_boot


def test_ages_are_counted_less_the_steps_that_may_be_taken_back_for_a_week() -> None:
    clock = VirtualClock(NOW_US)
    time = timeline(clock)
    clock.jump(30 * DAY_US)
    time.look()

    assert time.doubt_us() == 30 * DAY_US
    clock.advance(8 * DAY_US)
    time.look()
    assert time.doubt_us() == 0


def test_what_was_noted_by_a_clock_that_was_behind_is_no_older_for_its_correction() -> None:
    clock = VirtualClock(NOW_US)
    time = timeline(clock)
    clock.jump(-30 * DAY_US)
    time.look()
    assert time.doubt_us() == 0
    noted_us = time.best_us()

    clock.advance(US)
    clock.jump(30 * DAY_US)
    time.look()

    assert time.best_us() - time.doubt_us() - noted_us <= US


def test_a_clock_that_is_not_set_goes_on_from_the_last_time_that_was_known() -> None:
    clock = VirtualClock(NOW_US)
    time = timeline(clock)
    clock.set_wall(5 * US)

    clock.advance(HOUR_US)

    assert time.look() is None
    assert (time.is_set, time.best_us()) == (False, NOW_US + HOUR_US)
    clock.set_wall(NOW_US + HOUR_US)
    assert time.look() is None
    assert time.doubt_us() == 0


def test_a_clock_that_was_never_set_lets_nothing_look_old_when_it_is() -> None:
    clock = VirtualClock(5 * US)
    time = timeline(clock)
    state = time.state()
    clock.set_wall(NOW_US)

    for one in (time, timeline(clock, state)):
        assert one.look() is None
        assert one.doubt_us() == NOW_US


def test_a_thousand_steps_are_remembered_as_a_few() -> None:
    clock = VirtualClock(NOW_US)
    time = timeline(clock)

    for number in range(1_000):
        clock.jump(HOUR_US if number % 2 else -HOUR_US)
        time.look()

    assert len(time.state()) < 4_000
    assert time.doubt_us() == HOUR_US
