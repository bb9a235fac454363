"""Records that never came are one alert for each gateway, and recover when they come."""

from datetime import date, timedelta
from typing import Any

import pytest

from jobs.status.loss_state import lost_lately
from jobs.status.messages.losses import loss_items

NEWEST = date(2026, 3, 30)


def _day(back: int, missing: int | None, gateway: str | None = "g1") -> dict[str, Any]:
    state = "unknown" if missing is None else "counted"
    produced = None if missing is None else 10_000
    day = NEWEST - timedelta(days=back)
    return {"gateway_id": gateway, "day": day, "state": state, "produced": produced, "missing": missing}


def _keys(*rows: dict[str, Any]) -> list[str]:
    found = lost_lately(list(rows))
    assert found is not None
    return [item.key for item in loss_items(found) if item.severity is not None]


@pytest.mark.parametrize(
    ("missing", "alerts"),
    [((0, 0), []), ((20, 0), []), ((21, 0), ["message_loss/g1"]), ((None, 0), [])],
    ids=["none", "just 0.1 %", "more than 0.1 %", "a day without numbers"],
)
def test_more_than_a_thousandth_of_a_week_is_an_alert(missing: tuple[int | None, int], alerts: list[str]) -> None:
    assert _keys(_day(1, missing[0]), _day(0, missing[1])) == alerts


def test_what_was_lost_more_than_a_week_ago_and_another_gateways_losses_are_not_its_own() -> None:
    rows = [_day(7, 5_000), _day(0, 0), _day(0, 500, "g2"), _day(0, None, None)]

    assert _keys(*rows) == ["message_loss/g2"]


def test_the_sentence_has_its_denominator_and_its_first_day() -> None:
    found = lost_lately([_day(2, 0), _day(1, 30), _day(0, 3)])
    assert found is not None

    (item,) = loss_items(found)

    assert "33 of 30,000 records" in item.text
    assert "2026-03-29" in item.text


def test_a_plant_without_numbers_has_nothing_to_say() -> None:
    assert lost_lately([]) is None
