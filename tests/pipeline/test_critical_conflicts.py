"""A critical value in an open conflict: no table of readings has it, so the alerts do, until a source corrects it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jobs.alerts.condition import Condition, Severity
from jobs.alerts.observing import observe, open_alerts
from jobs.status.conditions import SOURCE, conditions
from lakehouse.engine.server import EngineAddress
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import HEADER, row, write_small_plant

AT = f"{AS_OF - timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"


WEEK = timedelta(days=7)
KEY = "critical_conflict/F1/M1/S1/temperature"


def found(plane: Plane, now: datetime = AS_OF) -> list[Condition]:
    return [one for one in conditions(plane.settings, now) if one.kind == "critical_conflict"]


def alerts(plane: Plane, now: datetime) -> list[str]:
    """The alerts of conflicts that are open once everything was looked at."""
    observe(plane.settings.state, SOURCE, conditions(plane.settings, now), now)
    return [one.condition.key for one in open_alerts(plane.settings.state) if one.condition.kind == "critical_conflict"]


def run_of_day(plane: Plane, now: datetime) -> None:
    """Ingest and silver of a day on which another sensor sends one harmless reading."""
    sent = row(f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}", 20.0, "S9")
    plane.land(f"table/day{now:%d}.csv", f"{HEADER}\n{sent}", modified=now.timestamp() - 60)
    plane.ingest(now)
    plane.silver()


def test_sources_that_differ_in_one_batch_are_an_alert_where_one_of_them_is_critical(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)))
    for number, values in enumerate(((20.0, 20.0), (130.0, 21.0))):
        rows = "".join(row(AT, value, f"S{place}") for place, value in enumerate(values))
        plane.land(f"table/{number}.csv", f"{HEADER}\n{rows}", modified=AS_OF.timestamp() - 100 + number)
    plane.ingest(AS_OF)
    plane.silver()

    (one,) = found(plane)

    assert plane.rows("silver.readings") == []
    assert one.key == "critical_conflict/F1/M1/S0/temperature"
    assert "sources say 20 C and 130 C, none is stored" in one.subject


def test_a_critical_conflict_is_an_alert_a_week_later_and_after_other_runs(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)))
    for number, value in enumerate((20.0, 130.0)):
        plane.land(f"table/{number}.csv", f"{HEADER}\n{row(AT, value)}", modified=AS_OF.timestamp() - 100 + number)
    plane.ingest(AS_OF)
    plane.silver()
    assert alerts(plane, AS_OF) == [KEY]

    for days in (1, 2, 7):
        run_of_day(plane, AS_OF + timedelta(days=days))

        assert alerts(plane, AS_OF + timedelta(days=days)) == [KEY]
    assert {reading["is_open"] for reading in plane.rows("silver.readings_quarantine")} == {True}


@pytest.mark.spark
@pytest.mark.parametrize("values", [(130.0, 20.0), (20.0, 130.0)], ids=["critical first", "critical later"])
def test_a_critical_value_that_another_source_denies_is_an_alert_until_it_is_settled(
    engine: EngineAddress, tmp_path: Path, values: tuple[float, float]
) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    for number, value in enumerate(values):
        plane.land(f"table/{number}.csv", f"{HEADER}\n{row(AT, value)}", modified=AS_OF.timestamp() - 100 + number)
        plane.ingest(AS_OF)
        plane.silver()
        assert bool(found(plane)) == (number == 1)

    (one,) = found(plane)
    assert plane.rows("silver.readings") == []
    assert (one.severity, one.key) == (Severity.CRITICAL, KEY)
    assert "sources say 20 C and 130 C, none is stored" in one.subject

    run_of_day(plane, AS_OF + WEEK)
    assert alerts(plane, AS_OF + WEEK) == [KEY]

    wrong = values.index(20.0)
    plane.land(f"table/{wrong}.csv", f"{HEADER}\n{row(AT, 130.0)}", modified=AS_OF.timestamp() - 10)
    plane.ingest(AS_OF + WEEK)
    plane.silver()

    assert alerts(plane, AS_OF + WEEK) == []
    stored = {reading["sensor_id"]: reading["is_critical"] for reading in plane.rows("silver.readings")}
    assert stored == {"S1": True, "S9": False}
    assert {reading["is_open"] for reading in plane.rows("silver.readings_quarantine")} == {False}
