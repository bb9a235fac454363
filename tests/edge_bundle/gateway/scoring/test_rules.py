from __future__ import annotations

from domain.alarm import AlarmRule
from edge_bundle.gateway.features.limits import step_limits
from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.scoring.alerts import SEVERITIES, Alert
from edge_bundle.gateway.scoring.rules import Arrival, LimitRules
from tests.edge_bundle.gateway.plants import US, small_pipeline

TEMPERATURE = small_pipeline().metrics["temperature"]
REPEAT_S = 3600
RULE = AlarmRule(clear_after_us=60 * US, repeat_us=REPEAT_S * US)
Brief = tuple[int, str, str, float | None]


def judged(
    readings: list[tuple[int, float]],
    machine_id: str = "m1",
    model: str | None = "a",
    arrivals: list[int] | None = None,
) -> list[Alert]:
    """Alerts of readings (second, value) of one sensor, that arrive at these seconds or when they were measured."""
    rules = LimitRules(RULE)
    limits = step_limits(TEMPERATURE.limits_for(machine_id, model), TEMPERATURE.resolution, band_frac=0.01)
    made = [
        rules.check(
            Reading("s", "temperature", second * US, machine_id, "f1", round(value * 100)),
            limits,
            TEMPERATURE.resolution,
            Arrival(at * US, second * US),
        )
        for at, (second, value) in zip(arrivals or [second for second, _ in readings], readings, strict=True)
    ]
    return [alert for alert in made if alert is not None]


def brief(alerts: list[Alert]) -> list[Brief]:
    return [(a.raised_us // US, a.code, SEVERITIES[a.severity], a.threshold) for a in alerts]


def test_a_limit_itself_is_no_alert() -> None:
    assert judged([(1, 100.0), (2, 5.0)]) == []


def test_beyond_the_warning_limit_is_a_warning() -> None:
    assert brief(judged([(1, 100.01)])) == [(1, "ABOVE_MAXIMUM", "WARNING", 100.0)]


def test_beyond_the_critical_limit_is_critical() -> None:
    assert brief(judged([(1, 120.01)])) == [(1, "ABOVE_MAXIMUM", "CRITICAL", 120.0)]


def test_below_the_warning_limit_is_below_minimum() -> None:
    assert brief(judged([(1, 4.99)])) == [(1, "BELOW_MINIMUM", "WARNING", 5.0)]


def test_outside_the_range_names_the_gravest_limit_that_is_broken() -> None:
    alerts = judged([(1, 250.0)]) + judged([(1, -60.0)])

    assert brief(alerts) == [(1, "ABOVE_MAXIMUM", "CRITICAL", 120.0), (1, "BELOW_MINIMUM", "WARNING", 5.0)]
    assert all("not counted" in alert.message for alert in alerts)


def test_a_standing_condition_is_raised_once_until_it_is_repeated() -> None:
    seconds = [1, 2, 60, REPEAT_S, REPEAT_S + 1, REPEAT_S + 2]

    assert [b[0] for b in brief(judged([(second, 110.0) for second in seconds]))] == [1, REPEAT_S + 1]


def test_getting_worse_is_raised_at_once_and_getting_better_is_not() -> None:
    alerts = judged([(1, 110.0), (2, 130.0), (3, 110.0), (4, 50.0), (64, 50.0), (65, 110.0)])

    assert [b[:1] + b[2:3] for b in brief(alerts)] == [(1, "WARNING"), (2, "CRITICAL"), (65, "WARNING")]


def test_readings_count_as_they_arrive_whatever_their_own_times_say() -> None:
    arrivals = list(range(1, 5))

    alerts = judged([(10**9, 50.0), (5, 130.0), (10**9, 130.0), (11, 130.0)], arrivals=arrivals)

    assert [b[0] for b in brief(alerts)] == [5]


def test_a_sensor_that_crosses_its_limit_a_thousand_times_raises_one_alert() -> None:
    assert len(judged([(at, 99.0 + at % 2 * 2) for at in range(2_000)])) == 1


def test_inside_its_limit_by_less_than_the_band_a_sensor_is_still_alarmed() -> None:
    """1 % of a range of 250 C is 2.5 C."""
    seconds = [1, *range(100, 1_000, 100)]

    held = judged([(at, 110.0 if at in {1, 900} else 98.0) for at in seconds])
    cleared = judged([(at, 110.0 if at in {1, 900} else 97.0) for at in seconds])

    assert [b[0] for b in brief(held)] == [1]
    assert [b[0] for b in brief(cleared)] == [1, 900]


def test_of_a_machine_with_too_many_sensors_the_others_have_one_alarm_together() -> None:
    rules, limits = LimitRules(RULE, most=3), step_limits(TEMPERATURE.limits, TEMPERATURE.resolution)

    def alert(at: int, sensor: str, machine: str, value: float) -> Alert | None:
        reading = Reading(sensor, "temperature", at * US, machine, "f1", round(value * 100))
        return rules.check(reading, limits, TEMPERATURE.resolution, Arrival(at * US, at * US))

    made = [alert(at, f"bogus-{at}", "m1", 130.0) for at in range(2_000)]

    assert [at for at, one in enumerate(made) if one is not None] == [0, 1, 2, 3]
    assert len(rules.alarms) == 4
    assert rules.shared == 1_997
    assert alert(2_000, "real", "m2", 130.0) is not None
    assert alert(2_100, "bogus again", "m1", 130.0) is not None


def test_alarms_survive_a_restart_and_a_clear_one_leaves_nothing() -> None:
    rules, limits = LimitRules(RULE), step_limits(TEMPERATURE.limits, TEMPERATURE.resolution)
    for sensor, value in (("hot", 130.0), ("fine", 50.0)):
        reading = Reading(sensor, "temperature", 0, "m1", "f1", round(value * 100))
        rules.check(reading, limits, TEMPERATURE.resolution, Arrival(0, 0))
    put, drop = rules.rows()

    again = LimitRules(RULE)
    is_written_anew = again.restore(put, is_other_boot=False)
    hot = Reading("hot", "temperature", US, "m1", "f1", 130_00)

    assert [row[0] for row in put] == ["hot"]
    assert drop == []
    assert not is_written_anew
    assert again.check(hot, limits, TEMPERATURE.resolution, Arrival(US, US)) is None


def test_after_another_boot_what_lasts_is_said_once_more() -> None:
    rules, limits = LimitRules(RULE), step_limits(TEMPERATURE.limits, TEMPERATURE.resolution)
    hot = Reading("hot", "temperature", US, "m1", "f1", 130_00)
    rules.check(hot, limits, TEMPERATURE.resolution, Arrival(0, 0))
    again = LimitRules(RULE)
    again.restore(rules.rows()[0], is_other_boot=True)

    said = [again.check(hot, limits, TEMPERATURE.resolution, Arrival(at * US, at * US)) for at in (1, 2)]

    assert [one is not None for one in said] == [True, False]


def test_a_state_of_before_leaves_its_clear_sensors_behind() -> None:
    former = [(f"s{at}", "temperature", f'[{at}, 0, "", 0]') for at in range(5_000)]
    hot = ("hot", "temperature", '[5, 2, "ABOVE_MAXIMUM", 5]')
    rules = LimitRules(RULE)

    is_written_anew = rules.restore([*former, hot], is_other_boot=False)

    assert is_written_anew
    assert list(rules.alarms) == [("hot", "temperature")]
    assert [row[:2] for row in rules.rows()[0]] == [("hot", "temperature")]


def test_limits_of_the_machine_count_before_those_of_its_model() -> None:
    assert judged([(1, 140.0)], "m2", "b") == []
    assert brief(judged([(1, 160.0)], "m2", "b")) == [(1, "ABOVE_MAXIMUM", "WARNING", 150.0)]
    assert judged([(1, 160.0)], "m9", "b") == []
