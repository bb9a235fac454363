"""Why a machine needs a person, in words, and what is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from expectations.plant.health import HealthRules

ALARM_REASONS = 2
"""What added most to a score: so many are named."""
_REQUESTS = {"stop_request": "a safe stop", "maintain": "maintenance", "watch": "a watch"}
_ACTIONS = {"stop_request": "stop", "maintain": "maintain"}
_DAY_S = 86_400
Row = Mapping[str, Any]


def reasons_of(machine: Row, alarm: Sequence[str], rules: HealthRules) -> tuple[str, ...]:
    """The reasons of a row of `gold.machines_now`, the gravest first; none where nothing is to be done.

    Args:
        machine: The row.
        alarm: What added most to its newest score, in words, the most first.
        rules: Of the profile.
    """
    return tuple(_reasons(machine, alarm, rules))


def action_of(machine: Row) -> str:
    """What is asked for, where there is a reason: a code of `ACTIONS`."""
    if machine["is_down"]:
        return "repair"
    if machine["state"] == "blind":
        return "restore_data"
    return _ACTIONS.get(machine["decision"] or "", "inspect")


def _reasons(machine: Row, alarm: Sequence[str], rules: HealthRules) -> Iterator[str]:
    if machine["is_down"]:
        yield f"down since {_time(machine['down_since_at'])}: {machine['down_cause']}"
    if machine["state"] == "blind":
        last = machine["last_reading_at"]
        yield "blind: it never had a reading" if last is None else f"blind: no reading since {_time(last)}"
    elif machine["decision"] in _REQUESTS:
        yield _scored(machine, alarm)
    if machine["standing_warning_count"] and machine["state"] != "blind":
        yield f"{machine['standing_words']}, since {_time(machine['standing_since_at'])}"
    if machine["trend_days_to_limit"] is not None and machine["trend_days_to_limit"] * _DAY_S < rules.trend_s:
        yield _trend(machine)
    if machine["silent_metrics"]:
        yield f"silent: {machine['silent_metrics']}"
    if machine["score"] is not None and machine["score"] < rules.good_from:
        yield f"health {machine['score']:.0f} of 100"


def _scored(machine: Row, alarm: Sequence[str]) -> str:
    chance = machine["probability"]
    stated = "" if chance is None else f", probability of a failure within {machine['horizon']} {chance:.2f}"
    why = f" ({' and '.join(alarm[:ALARM_REASONS])})" if alarm else ""
    return f"the score of {_time(machine['scored_at'])} requests {_REQUESTS[machine['decision']]}{stated}{why}"


def _trend(machine: Row) -> str:
    unit, days = machine["trend_unit"], machine["trend_days_to_limit"]
    change = f"{machine['trend_metric']} {machine['trend_change_per_week']:+.3g} {unit} a week"
    limit = f"{machine['trend_limit_value']:g} {unit}"
    return f"{change} is beyond {limit}" if days == 0 else f"{change} reaches {limit} in {days:.0f} d"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
