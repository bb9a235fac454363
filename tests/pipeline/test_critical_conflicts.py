"""A critical value in an open conflict: no table of readings has it, so the alerts do."""

from datetime import timedelta
from pathlib import Path

import pytest

from jobs.alerts.condition import Condition, Severity
from jobs.status.conditions import conditions
from lakehouse.engine.server import EngineAddress
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import HEADER, row, write_small_plant

AT = f"{AS_OF - timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"


def found(plane: Plane) -> list[Condition]:
    return [one for one in conditions(plane.settings, AS_OF) if one.kind == "critical_conflict"]


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
    assert (one.severity, one.key) == (Severity.CRITICAL, "critical_conflict/F1/M1/S1/temperature")
    assert "sources say 20 C and 130 C, none is stored" in one.subject

    wrong = values.index(20.0)
    plane.land(f"table/{wrong}.csv", f"{HEADER}\n{row(AT, 130.0)}", modified=AS_OF.timestamp() - 10)
    plane.ingest(AS_OF)
    plane.silver()

    assert found(plane) == []
    assert [reading["is_critical"] for reading in plane.rows("silver.readings")] == [True]
