"""Stops and uptime, counted by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from scipy.stats import poisson

from expectations.plant.downtime import DowntimeRules
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_downtime import DOWNTIME, UPTIME
from expectations.tables.machine_keys import Moves, machine_key
from expectations.tables.silver import MACHINE_EVENTS, machines
from expectations.tables.silver_anomalies import SENSOR_DAYS
from gold import downtime, uptime
from tests.support.arrow_rows import arrow
from tests.support.frames import at, small_profile

Events = Sequence[tuple[str, str, str]]
FAILED, SERVICED = "failure", "maintenance"


@cache
def profile() -> Profile:
    with TemporaryDirectory() as folder:
        found = small_profile(Path(folder))
    return replace(found, downtime=DowntimeRules(None, 900.0))  # a failed machine is down for 24 h at most


def planned() -> Profile:
    return replace(profile(), downtime=DowntimeRules(4 * 3600, None))


def stops(found: Events, of: Profile | None = None, moves: Moves | None = None) -> list[tuple[Any, ...]]:
    """From, hours, cause, failures, end."""
    events = arrow(MACHINE_EVENTS, *(
        {"machine_id": "M1", "factory_id": "F1", "kind": kind, "code": code, "occurred_at": at(time)}
        for kind, code, time in found
    ))  # fmt: skip
    table = downtime.build(events.select(downtime.READS), moves or {}, of or profile())
    assert table.schema == arrow_schema(DOWNTIME)
    return [(f"{row['from_at']:%m-%d %H:%M}", row["hours"], row["cause"], row["failure_count"], row["ended_by"])
            for row in table.to_pylist()]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        ([(SERVICED, "oil", "03-01 10:00")], []),
        ([(FAILED, "seal", "03-01 10:00"), (SERVICED, "seal", "03-01 16:30")],
         [("03-01 10:00", 6.5, "seal", 1, "maintenance")]),
        ([(FAILED, "seal", "03-01 10:00"), (SERVICED, "seal", "03-01 10:00")],
         [("03-01 10:00", 0.0, "seal", 1, "maintenance")]),
        ([(FAILED, "seal", "03-01 10:00"), (SERVICED, "seal", "03-02 10:01")],
         [("03-01 10:00", 24.0, "seal", 1, "assumed")]),
        ([(FAILED, "seal", "03-01 10:00"), (SERVICED, "seal", "03-02 10:00")],
         [("03-01 10:00", 24.0, "seal", 1, "maintenance")]),
        ([(FAILED, "seal", "03-01 10:00"), (FAILED, "bearing", "03-01 12:00"), (SERVICED, "all", "03-01 15:00")],
         [("03-01 10:00", 5.0, "bearing, seal", 2, "maintenance")]),
        ([(FAILED, "seal", "03-01 10:00"), (FAILED, "bearing", "03-01 12:00")],
         [("03-01 10:00", 26.0, "bearing, seal", 2, "assumed")]),
        ([(FAILED, "a", "03-01 10:00"), (SERVICED, "a", "03-01 11:00"), (FAILED, "a", "03-01 12:00")],
         [("03-01 10:00", 1.0, "a", 1, "maintenance"), ("03-01 12:00", 24.0, "a", 1, "assumed")]),
    ],
)  # fmt: skip
def test_stops_after_failures(found: Events, expected: list[tuple[Any, ...]]) -> None:
    assert stops(found) == expected
    assert stops(found[::-1]) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([(SERVICED, "oil", "03-01 10:00")], [("03-01 10:00", 4.0, "oil", 0, "planned_work")]),
        ([(SERVICED, "oil", "03-01 10:00"), (SERVICED, "belt", "03-01 12:00")],
         [("03-01 10:00", 6.0, "belt, oil", 0, "planned_work")]),
        ([(SERVICED, "oil", "03-01 10:00"), (FAILED, "seal", "03-01 11:00"), (SERVICED, "seal", "03-01 12:00")],
         [("03-01 10:00", 1.0, "oil", 0, "failure"), ("03-01 11:00", 1.0, "seal", 1, "maintenance")]),
    ],
)  # fmt: skip
def test_planned_work_follows_no_failure(found: Events, expected: list[tuple[Any, ...]]) -> None:
    assert stops(found, planned()) == expected


def test_a_stop_has_the_price_of_its_hours() -> None:
    events = arrow(MACHINE_EVENTS, {"kind": FAILED, "code": "a", "occurred_at": at("03-01 10:00")},
                   {"kind": SERVICED, "code": "a", "occurred_at": at("03-01 10:20")})  # fmt: skip

    costs = [downtime.build(events.select(downtime.READS), {}, of).to_pylist()[0]["cost_cents"]
             for of in (profile(), planned())]  # fmt: skip

    assert costs == [30_000, None]  # a third of an hour at $900


def seen(*first: tuple[str, str, str], moves: Moves | None = None, until: str = "05-01 00:00") -> list[uptime.Observed]:
    days = arrow(SENSOR_DAYS, *(
        {"machine_id": machine, "factory_id": factory, "first_at": at(time)} for machine, factory, time in first
    )).select(["machine_id", "factory_id", "first_at"])  # fmt: skip
    history = arrow(machines(profile()), {"machine_id": "M1", "factory_id": "F1", "machine_model": "HOT"})
    return uptime.observed(days, history, moves or {}, at(until))


def rows_of(found: list[uptime.Observed], *stopped: dict[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    rows = [
        {"machine_id": "M1", "factory_id": "F1", "is_planned": False, "failure_count": 1, "ended_by": "maintenance"}
        | one | {"hours": (one["to_at"] - one["from_at"]).total_seconds() / 3600}
        for one in stopped
    ]  # fmt: skip
    table = uptime.build(found, arrow(DOWNTIME, *rows), "small")
    assert table.schema == arrow_schema(UPTIME)
    return {(row["scope"], row["name"], row["month"]): row for row in table.to_pylist()}


def stop(start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"from_at": at(start), "to_at": at(end)} | more


MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def test_hours_failures_and_repairs_by_month_and_as_a_whole() -> None:
    machines_ = seen(("M1", "F1", "03-02 00:00"), ("M2", "F1", "04-01 00:00"))
    rows = rows_of(
        machines_,
        stop("03-10 00:00", "03-10 10:00"),
        stop("03-31 20:00", "04-01 20:00", ended_by="assumed"),
        stop("04-05 00:00", "04-05 04:00", is_planned=True, failure_count=0, ended_by="planned_work"),
    )

    machine, march, april = (rows["machine", "M1", month] for month in (None, MARCH, APRIL))
    assert (machine["observed_hours"], machine["unplanned_hours"], machine["planned_hours"]) == (1440.0, 34.0, 4.0)
    assert (march["observed_hours"], march["unplanned_hours"], march["failure_count"]) == (720.0, 14.0, 2)
    assert (april["observed_hours"], april["unplanned_hours"], april["failure_count"]) == (720.0, 20.0, 0)
    assert (machine["uptime"], machine["availability"]) == (1402 / 1440, 1402 / 1436)
    assert (machine["mtbf_hours"], machine["repair_count"], machine["mttr_hours"]) == (701.0, 1, 10.0)
    assert (april["mtbf_hours"], april["mtbf_high_hours"], april["mttr_hours"]) == (None, None, None)
    plant = rows["plant", "small", None]
    assert (plant["machine_count"], plant["observed_hours"], plant["failure_count"]) == (2, 2160.0, 2)
    assert rows["factory", "F1", None] | {"scope": "plant", "name": "small"} == plant
    assert rows["machine_model", "HOT", None]["observed_hours"] == 1440.0
    assert ("machine", "M2", MARCH) not in rows


def test_the_interval_of_mtbf_is_that_of_a_poisson_count() -> None:
    row = rows_of(seen(("M1", "F1", "03-02 00:00")), stop("03-10 00:00", "03-10 10:00"))["machine", "M1", None]

    assert row["mtbf_low_hours"] < row["mtbf_hours"] < row["mtbf_high_hours"]
    assert poisson.cdf(1, 1430 / row["mtbf_low_hours"]) == pytest.approx(0.025)
    assert poisson.sf(0, 1430 / row["mtbf_high_hours"]) == pytest.approx(0.025)
    without = rows_of(seen(("M1", "F1", "03-02 00:00")))["machine", "M1", None]
    assert poisson.cdf(0, 1440 / without["mtbf_low_hours"]) == pytest.approx(0.025)


def test_a_machine_that_moved_is_observed_in_one_factory_at_a_time() -> None:
    moves = {machine_key("M9", "F2"): machine_key("M1", "F1")}

    found = seen(("M1", "F1", "03-01 00:00"), ("M9", "F2", "03-20 00:00"), moves=moves)

    def times(one: uptime.Observed) -> tuple[str, datetime, datetime]:
        return one.factory_id, one.from_at, one.to_at

    assert [times(one) for one in found] == [
        ("F1", at("03-01 00:00"), at("03-20 00:00")), ("F2", at("03-20 00:00"), at("05-01 00:00")),
    ]  # fmt: skip


def test_a_plant_whose_failures_are_not_known_has_no_uptime() -> None:
    assert seen(("M1", "F1", "03-01 00:00"), until="02-01 00:00") == []
    assert uptime.build([], pa.Table.from_pylist([], arrow_schema(DOWNTIME)), "small").num_rows == 0
