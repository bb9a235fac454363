"""`assay quality` counts what each stage of alarms did on the same scores and failures."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_stages import ALARM_STAGES
from expectations.tables.silver_anomalies import ANOMALIES
from jobs.ask.job import Form, asked
from jobs.quality.job import check
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.publish.rows import arrow_rows
from tests.support.commands import snapshot
from tests.support.model_lake import FACTORY, put_table
from tests.support.unseen_scores import HOURS, put_failures, put_scores, seen_until, with_prices

HOUR = timedelta(hours=1)


def stages(settings: Settings) -> dict[str, dict[str, Any]]:
    check(load_plant(settings), seen_until(settings) + HOURS * HOUR)
    data = asked(settings, "alarm_stages", [], Form(as_json=True)).data
    rows = [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]
    return {row["stage"]: row for row in rows}


def put_anomaly(settings: Settings, machine: str, hours: range) -> None:
    plant, since = load_plant(settings), seen_until(settings)
    row = dict.fromkeys(ANOMALIES.column_names) | {
        "sensor_id": "S", "machine_id": machine, "factory_id": FACTORY, "metric": "vibration", "kind": "above_maximum",
        "severity": "warning", "raised_at": since + hours.start * HOUR, "last_at": since + (hours.stop - 1) * HOUR,
        "cleared_at": since + hours.stop * HOUR, "reading_count": 3, "peak": 1.0, "peak_at": since,
        "local_date": since.date(),
    }  # fmt: skip
    put_table(plant, ANOMALIES.name, arrow_rows([row], ANOMALIES))


def test_each_stage_is_counted_on_the_same_failures(sealed_lake: Settings, tmp_path: Path) -> None:
    """Machine one fails in hour 72, announced with 0.9; machine two has a false alarm of 0.75, and one of 0.9."""
    lake = with_prices(sealed_lake, tmp_path)
    put_scores(lake)
    put_failures(lake, one=72)
    plant, since = load_plant(lake), seen_until(lake)
    weak = {since + hour * HOUR for hour in (150, 151, 152)}
    strong = {since + hour * HOUR for hour in range(180, 184)}
    scores = [
        row | ({"decision": "watch", "probability": 0.75 if row["scored_at"] in weak else 0.9}
               if row["machine_id"] == "two" and row["scored_at"] in weak | strong else {})
        for row in plant.lake.arrow(PREDICTIONS).to_pylist()
    ]  # fmt: skip
    put_table(plant, PREDICTIONS.name, arrow_rows(scores, PREDICTIONS))

    found = stages(lake)

    assert list(found) == ["requested", "sensitive", "specific", "confirmed"]
    counted = {name: (row["failures"], row["caught"], row["false_alarms"]) for name, row in found.items()}
    assert counted == {
        "requested": (1, 1, 2), "sensitive": (1, 1, 2), "specific": (1, 1, 1), "confirmed": (1, 0, 0),
    }  # fmt: skip
    before = snapshot(lake.lake)
    assert stages(lake) == found
    assert snapshot(lake.lake) == before

    put_anomaly(lake, "one", range(50, 80))

    confirmed = stages(lake)["confirmed"]
    assert (confirmed["caught"], confirmed["false_alarms"], confirmed["lead_hours"]) == (1, 0, 12.0)
    assert load_plant(lake).lake.row_count(ALARM_STAGES) == 4
