"""How well models did: figures of weeks and slices by hand, and what each row says of itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from expectations.plant.plant_profile import Costs
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from gold.maintenance_savings import MachineOutcome
from gold.model_performance import WEEK, Did, Event, MachineWeek, Performance, build

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
CAUGHT, LATE, MISSED = Event(("seal",), 40.0, True), Event(("seal",), 2.0, False), Event(("motor",), None, False)


def did(*events: Event, alarms: int = 0, calls: int = 0, vain: int = 0, false: int = 0, unsettled: int = 0) -> Did:
    caught = sum(event.is_caught for event in events)
    outcome = MachineOutcome(Costs(), len(events), caught, alarms, calls, vain)
    return Did(events, outcome, false, unsettled)


NOTHING = did()


def cell(machine: str = "M1", week: int = 0, mine: Did = NOTHING, **more: Any) -> MachineWeek:
    whole = MachineWeek(machine, "pump", "north", MONDAY + week * WEEK, 168, 168, 168 / 8766, mine)
    return replace(whole, **more)


def rows(*cells: MachineWeek, plain_rule: str | None = None, has_costs: bool = True) -> dict[tuple[str, str, str], Any]:
    """Rows by period, slice and value; of several weeks the last."""
    one = Performance("v1", "batch", "24h", MONDAY, MONDAY + timedelta(days=13), cells, plain_rule, has_costs)
    found = build([one])
    assert found.schema == arrow_schema(MODEL_PERFORMANCE)
    return {(row["period"], row["slice"], row["slice_value"]): row for row in found.to_pylist()}


def test_a_week_by_hand() -> None:
    """One failure caught, one too late, one missed; of four calls one in vain, in two machine-weeks."""
    seen = rows(
        cell(mine=did(CAUGHT, LATE, alarms=2, calls=3)),
        cell("M2", mine=did(MISSED, alarms=1, calls=1, vain=1, false=1)),
    )

    week = seen["week", "fleet", "all"]
    assert (week["event_count"], week["caught_count"], week["too_late_count"], week["missed_count"]) == (3, 1, 1, 1)
    assert (week["recall"], week["lead_hours_median"]) == (1 / 3, 40.0)
    assert (week["recall_low"], week["recall_high"]) == pytest.approx((0.0615, 0.7923), abs=5e-5)
    assert (week["precision"], week["precision_low"], week["precision_high"]) == pytest.approx(
        (0.75, 0.3006, 0.9544), abs=5e-5
    )
    assert (week["score_count"], week["machine_count"], week["matured_frac"]) == (336, 2, 1.0)
    years = 336 / 8766
    assert week["false_alarms_per_machine_year"] == pytest.approx(1 / years)
    # Poisson 95 % of one event: 0.0253 to 5.572 (Garwood).
    assert week["false_alarms_low"] * years == pytest.approx(0.02532, abs=1e-5)
    assert week["false_alarms_high"] * years == pytest.approx(5.5716, abs=1e-4)
    assert week["cost_cents"] == 100 * (3_000 + 2 * 15_000 + 500)
    assert (week["period_start_at"], week["period_end_at"]) == (MONDAY, MONDAY + WEEK)


def test_a_failure_kind_has_events_and_no_alarms() -> None:
    seen = rows(cell(mine=did(CAUGHT, MISSED, replace(MISSED, kinds=("seal", "motor")), alarms=4, calls=4)))

    seal, motor = seen["week", "failure_kind", "seal"], seen["week", "failure_kind", "motor"]
    assert (seal["event_count"], seal["recall"], motor["event_count"], motor["recall"]) == (2, 0.5, 2, 0.0)
    assert {seal[name] for name in ("alarm_count", "precision", "false_alarms_per_machine_year", "cost_cents")} == {
        None
    }


def test_all_weeks_are_the_sum_of_the_weeks_and_each_slice_has_its_machines() -> None:
    seen = rows(
        cell(mine=did(CAUGHT, alarms=1, calls=1)),
        cell(week=1, mine=did(MISSED)),
        cell("M2", machine_model=None, site="south", mine=did(alarms=2, calls=2, vain=2, false=2)),
    )

    whole = seen["all", "fleet", "all"]
    assert (whole["event_count"], whole["recall"], whole["machine_count"], whole["score_count"]) == (2, 0.5, 2, 504)
    assert seen["week", "fleet", "all"]["recall"] == 0.0  # of the second week
    assert seen["all", "machine_model", "unknown"]["false_count"] == 2
    assert (seen["all", "site", "north"]["false_count"], seen["all", "site", "south"]["recall"]) == (0, None)


def test_fewer_than_ten_events_are_said_to_be_few() -> None:
    few, enough = (rows(cell(mine=did(*(CAUGHT,) * count)))["week", "fleet", "all"] for count in (9, 10))

    assert (few["is_few_events"], few["note"]) == (True, "9 events: fewer than 10, no figure to act on")
    assert (enough["is_few_events"], enough["note"]) == (False, "")


def test_labels_that_have_not_matured_are_said() -> None:
    week = rows(cell(matured=42, mine=did(alarms=3, unsettled=2)))["week", "fleet", "all"]

    assert (week["matured_frac"], week["open_count"], week["alarm_count"]) == (0.25, 2, 3)
    assert week["note"].startswith("25% of the labels have matured; 0 events")


@pytest.mark.parametrize(("missed", "is_behind"), [(10, True), (9, False)])
def test_a_site_that_misses_what_the_fleet_catches_is_named(missed: int, is_behind: bool) -> None:
    """0 of 10: Wilson's interval ends at 0.28, below the fleet's 40 of 50. Of nine nothing is said."""
    seen = rows(
        cell(mine=did(*(CAUGHT,) * 40)), cell("M2", site="south", mine=did(*(MISSED,) * missed)),
    )  # fmt: skip

    south = seen["all", "site", "south"]
    assert south["is_behind"] is is_behind
    assert ("south: caught 0 of 10, the fleet 40 of 50" in south["note"]) is is_behind
    assert not seen["all", "site", "north"]["is_behind"]
    assert not seen["all", "fleet", "all"]["is_behind"]


def test_a_machine_model_with_more_false_alarms_is_named() -> None:
    """20 false alarms in a machine-week, none in nine others: the interval of 20 begins at 12.2, the fleet has 2."""
    quiet = [cell(f"M{number}") for number in range(2, 11)]
    seen = rows(cell(machine_model="fan", mine=did(alarms=20, calls=20, vain=20, false=20)), *quiet)

    fan = seen["all", "machine_model", "fan"]
    assert fan["is_behind"]
    assert fan["note"].startswith("fan: 1043.6 false alarms per machine-year, the fleet 104.4")


def test_the_plain_rule_stands_beside_on_the_same_events() -> None:
    plain = did(CAUGHT, CAUGHT, alarms=5, calls=5, vain=3, false=3)
    mine = did(CAUGHT, MISSED, alarms=1, calls=1)

    week = rows(cell(mine=mine, plain=plain, with_features=84), plain_rule="heat >= 3")["week", "fleet", "all"]

    assert (week["recall"], week["plain_recall"], week["plain_caught_count"]) == (0.5, 1.0, 2)
    assert (week["plain_rule"], week["plain_scored_frac"], week["plain_precision"]) == ("heat >= 3", 0.5, 0.4)
    assert (week["plain_false_count"], week["plain_cost_cents"]) == (3, 100 * (2 * 3_000 + 3 * 500))
    assert rows(cell(mine=mine))["week", "fleet", "all"]["plain_recall"] is None


def test_without_prices_there_is_no_cost_and_without_scores_no_row() -> None:
    assert rows(cell(), has_costs=False)["week", "fleet", "all"]["cost_cents"] is None
    assert build([]).num_rows == 0


def test_a_failure_in_a_week_without_scores_has_a_row_of_its_own() -> None:
    """The scores of Sunday were to announce Monday's failure."""
    last = rows(cell(), cell(week=1, scores=0, matured=0, exposure=0.0, mine=did(MISSED)))["week", "fleet", "all"]

    assert (last["event_count"], last["score_count"], last["matured_frac"]) == (1, 0, None)
    assert last["false_alarms_per_machine_year"] is None
