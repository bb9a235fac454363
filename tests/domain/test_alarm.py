"""One alarm: raise, hold, clear; by examples and by what must hold for every sequence of observations."""

from __future__ import annotations

import json
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from domain.alarm import IDLE, AlarmRule, AlarmState, Change, Transition, observe

RULE = AlarmRule(clear_after_us=60, repeat_us=3_600)


@dataclass(frozen=True)
class Seen:
    """One observation."""

    at_us: int
    level: int
    code: str = "HIGH"
    holds: int = 0


def changes(seen: list[Seen], rule: AlarmRule = RULE) -> list[tuple[str, int, int]]:
    """(change, time, level) of all observations."""
    return [(found.change.value, found.at_us, found.level) for found in followed(seen, rule)[1]]


def followed(seen: list[Seen], rule: AlarmRule) -> tuple[AlarmState, list[Transition]]:
    state, found = IDLE, list[Transition]()
    for one in seen:
        state, some = observe(state, rule, one.at_us, one.level, one.code, one.holds)
        found += some
    return state, found


def test_it_is_raised_held_and_cleared_after_a_quiet_time() -> None:
    seen = [Seen(0, 0), Seen(10, 1), Seen(20, 1), Seen(30, 0), Seen(89, 0), Seen(90, 0)]

    assert changes(seen) == [("raised", 10, 1), ("cleared", 90, 0)]


def test_a_thousand_crossings_are_one_alarm() -> None:
    assert changes([Seen(at, at % 2) for at in range(1, 2_001)]) == [("raised", 1, 1)]


def test_within_the_band_it_is_held() -> None:
    near = [Seen(10 + at * 60, 0, holds=1) for at in range(1, 20)]

    assert changes([Seen(10, 1), *near]) == [("raised", 10, 1)]
    assert changes(near) == []


def test_getting_worse_is_announced_at_once_and_once() -> None:
    seen = [Seen(at, 1 + at % 2) for at in range(2, 50)]

    assert changes(seen) == [("raised", 2, 1), ("worsened", 3, 2)]


def test_a_graver_level_that_was_absent_for_the_quiet_time_is_announced_anew() -> None:
    seen = [Seen(0, 2), *(Seen(at, 1) for at in range(1, 100)), Seen(100, 2)]

    assert changes(seen) == [("raised", 0, 2), ("eased", 61, 1), ("worsened", 100, 2)]


def test_another_code_is_announced_once() -> None:
    seen = [Seen(at, 1, "HIGH" if at % 2 else "LOW") for at in range(1, 50)]

    found = followed(seen, RULE)[1]

    assert [(one.change.value, one.code) for one in found] == [("raised", "HIGH"), ("worsened", "LOW")]


def test_a_lasting_alarm_is_repeated() -> None:
    seen = [Seen(at * 60, 1) for at in range(121)]

    assert changes(seen) == [("raised", 0, 1), ("repeated", 3_600, 1), ("repeated", 7_200, 1)]


def test_it_is_held_for_its_least_time() -> None:
    rule = AlarmRule(clear_after_us=5, repeat_us=3_600, min_hold_us=100)

    assert changes([Seen(0, 1), Seen(10, 0), Seen(99, 0), Seen(100, 0)], rule) == [
        ("raised", 0, 1),
        ("cleared", 100, 0),
    ]


def test_it_is_raised_after_as_many_observations_in_a_row_as_asked() -> None:
    rule = AlarmRule(clear_after_us=60, repeat_us=3_600, raise_after=3)

    assert changes([Seen(1, 1), Seen(2, 1), Seen(3, 0), Seen(4, 1), Seen(5, 1)], rule) == []
    assert changes([Seen(1, 1), Seen(2, 1), Seen(3, 1)], rule) == [("raised", 3, 1)]


def test_a_clock_that_goes_forward_and_back_silences_nothing() -> None:
    month = 30 * 86_400
    seen = [Seen(0, 1), Seen(month, 0), Seen(20, 0), Seen(80, 0), Seen(90, 2)]

    assert changes(seen) == [("raised", 0, 1), ("cleared", 80, 0), ("raised", 90, 2)]


def test_an_alarm_raised_while_the_clock_was_a_month_ahead_is_repeated_in_time_after_it_came_back() -> None:
    seen = [Seen(30 * 86_400, 1), *(Seen(at * 60, 1) for at in range(62))]

    assert changes(seen) == [("raised", 30 * 86_400, 1), ("repeated", 3_600, 1)]


rules = st.builds(
    AlarmRule,
    clear_after_us=st.integers(0, 50),
    repeat_us=st.integers(0, 50),
    min_hold_us=st.integers(0, 50),
    raise_after=st.integers(1, 3),
)
steps = st.builds(
    Seen,
    at_us=st.integers(-100, 200),
    level=st.integers(0, 3),
    code=st.sampled_from(["HIGH", "LOW"]),
    holds=st.integers(0, 3),
)


@given(rules, st.lists(steps, max_size=60))
def test_no_raise_follows_a_raise_without_a_clear_whatever_the_clock_does(rule: AlarmRule, seen: list[Seen]) -> None:
    kinds = [found.change for found in followed(seen, rule)[1]]

    ends = [kind for kind in kinds if kind in {Change.RAISED, Change.CLEARED}]
    assert ends == [Change.RAISED, Change.CLEARED] * (len(ends) // 2) + [Change.RAISED] * (len(ends) % 2)
    assert not kinds or kinds[0] is Change.RAISED


@given(rules, st.lists(steps, max_size=60))
def test_changes_come_in_the_order_of_time_as_long_as_the_clock_goes_forward(rule: AlarmRule, seen: list[Seen]) -> None:
    times = [found.at_us for found in followed(sorted(seen, key=lambda one: one.at_us), rule)[1]]

    assert times == sorted(times)


@given(rules, st.lists(steps, min_size=1, max_size=60))
def test_an_observation_that_comes_twice_changes_nothing_more(rule: AlarmRule, seen: list[Seen]) -> None:
    state, _ = followed(seen, rule)
    last = seen[-1]
    once = rule.raise_after == 1 and rule.clear_after_us > 0

    again, found = observe(state, rule, last.at_us, last.level, last.code, last.holds)

    assert not once or (again, found) == (state, ())


@given(rules, st.lists(steps, max_size=60), st.integers(-(10**15), 10**15))
def test_only_differences_of_times_count(rule: AlarmRule, seen: list[Seen], by_us: int) -> None:
    moved = [Seen(one.at_us + by_us, one.level, one.code, one.holds) for one in seen]

    found, later = followed(seen, rule)[1], followed(moved, rule)[1]

    assert [(one.change, one.level, one.code, one.at_us + by_us) for one in found] == [
        (one.change, one.level, one.code, one.at_us) for one in later
    ]


@given(rules, st.lists(steps, max_size=60), st.integers(1, 3))
def test_the_first_sight_of_a_worse_level_is_announced_at_once(rule: AlarmRule, seen: list[Seen], level: int) -> None:
    """Whatever came before and whatever the clock did: an idle alarm, or one that stands lower, speaks."""
    rule = AlarmRule(rule.clear_after_us, rule.repeat_us, rule.min_hold_us)
    state, _ = followed(seen, rule)
    at_us = state.at_us + 1

    later, found = observe(state, rule, at_us, level, "HIGH")

    spoke = any(one.is_announced for one in found)
    assert spoke or dict(state.announced).get("HIGH", 0) >= level
    assert later.level >= level


@given(rules, st.lists(steps, max_size=60))
def test_its_state_survives_json(rule: AlarmRule, seen: list[Seen]) -> None:
    state, _ = followed(seen, rule)

    assert AlarmState.of_list(json.loads(json.dumps(state.to_list()))) == state
