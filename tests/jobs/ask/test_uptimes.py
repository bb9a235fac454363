"""How long gateways and the pipeline itself were up, and how fresh factories are: hand-computed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.ask.job import Form, asked
from jobs.runtime.settings import Settings
from tests.report.lakes import plant_at, put

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _rows(lake: Path, name: str, *changes: str) -> list[dict[str, Any]]:
    data = asked(Settings(lake=lake, plant="simulated"), name, changes, Form(as_json=True)).data
    return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]


def test_a_gateway_is_down_in_long_gaps_and_since_its_last_heartbeat(tmp_path: Path) -> None:
    """G1 reports each hour for 100 hours, G2 misses five and falls silent ten hours before the end."""
    gone = {*range(21, 25), *range(91, 101)}
    put(plant_at(tmp_path), "silver.gateway_heartbeats", [
        {"factory_id": "north", "gateway_id": name, "sent_at": BEGAN + hour * HOUR}
        for name in ("G1", "G2") for hour in range(101) if name == "G1" or hour not in gone
    ])  # fmt: skip

    bad, good = _rows(tmp_path, "gateway_uptime")

    assert (good["gateway_id"], good["uptime"], good["meets_target"], good["outage_count"]) == ("G1", 1.0, True, 0)
    assert (good["observed_hours"], good["mtbf_hours"], good["mttr_hours"]) == (100.0, None, None)
    assert (bad["gateway_id"], bad["uptime"], bad["meets_target"], bad["outage_count"]) == ("G2", 0.85, False, 2)
    assert (bad["down_hours"], bad["mtbf_hours"], bad["mttr_hours"]) == (15.0, 42.5, 5.0)
    assert [row["uptime"] for row in _rows(tmp_path, "gateway_uptime", "hours=12")] == [1.0, 1.0]


def test_the_pipeline_is_down_while_a_landed_file_waits_longer_than_it_may(tmp_path: Path) -> None:
    """Files of an hour each wait ten minutes; one run is five hours late; one file bears an old time."""
    landed = [(hour, hour + 1 / 6) for hour in range(10)] + [(10, 15), (-2000, 16)]
    put(plant_at(tmp_path), "bronze.files", [
        {"path": f"{number}.csv", "modified_at": BEGAN + at * HOUR, "_ingested_at": BEGAN + read * HOUR,
         "_batch_id": number, "outcome": "read"}
        for number, (at, read) in enumerate(landed)
    ])  # fmt: skip

    (found,) = _rows(tmp_path, "pipeline_uptime")

    assert (found["run_count"], found["observed_hours"], found["down_hours"]) == (11, 15.83, 3.0)
    assert (found["uptime"], found["meets_target"], found["outage_count"]) == (0.81053, False, 1)
    assert (found["mtbf_hours"], found["mttr_hours"]) == (12.83, 3.0)
    assert _rows(tmp_path, "pipeline_uptime", "hours=5")[0]["meets_target"] is True


def test_a_factory_whose_data_are_behind_those_of_another_is_late(tmp_path: Path) -> None:
    plant = plant_at(tmp_path)
    place = {"machine_id": "M1", "metric": "temperature"}
    put(plant, "silver.sensor_days", [
        {**place, "sensor_id": "S", "factory_id": name, "measured_date": BEGAN.date(), "last_at": BEGAN + hour * HOUR}
        for name, hour in (("north", 20), ("south", 17.5))
    ])  # fmt: skip
    for name in ("silver.buckets", "gold.machine_features", "gold.predictions"):
        put(plant, name, [])

    found = [(row["factory_id"], row["behind_hours"], row["is_late"]) for row in _rows(tmp_path, "freshness")]
    later = [row["is_late"] for row in _rows(tmp_path, "freshness", "hours=3")]

    assert found == [("south", 2.5, True), ("north", 0.0, False)]
    assert later == [False, False]
