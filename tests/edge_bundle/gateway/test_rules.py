from __future__ import annotations

from edge_bundle.gateway.alerts import SEVERITIES, Alert
from edge_bundle.gateway.limits import step_limits
from edge_bundle.gateway.records import Reading
from edge_bundle.gateway.rules import LimitRules
from tests.edge_bundle.gateway.plants import US, small_pipeline

TEMPERATURE = small_pipeline().metrics["temperature"]
REPEAT_S = 3600
Brief = tuple[int, str, str, float | None]


def judged(readings: list[tuple[int, float]], machine_id: str = "m1", model: str | None = "a") -> list[Alert]:
    """Alerts of readings (second, value) of one sensor."""
    rules = LimitRules(REPEAT_S * US)
    limits = step_limits(TEMPERATURE.limits_for(machine_id, model), TEMPERATURE.resolution)
    made = [
        rules.judge(
            Reading("s", "temperature", second * US, machine_id, "f1", round(value * 100)),
            limits,
            TEMPERATURE.resolution,
        )
        for second, value in readings
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
    alerts = judged([(1, 110.0), (2, 130.0), (3, 110.0), (4, 50.0), (5, 110.0)])

    assert [b[:1] + b[2:3] for b in brief(alerts)] == [(1, "WARNING"), (2, "CRITICAL"), (5, "WARNING")]


def test_a_reading_older_than_the_last_judged_one_raises_nothing() -> None:
    assert [b[0] for b in brief(judged([(10, 50.0), (5, 130.0), (10, 130.0), (11, 130.0)]))] == [11]


def test_limits_of_the_machine_count_before_those_of_its_model() -> None:
    assert judged([(1, 140.0)], "m2", "b") == []
    assert brief(judged([(1, 160.0)], "m2", "b")) == [(1, "ABOVE_MAXIMUM", "WARNING", 150.0)]
    assert judged([(1, 160.0)], "m9", "b") == []
