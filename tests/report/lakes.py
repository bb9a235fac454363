"""Small lakes written without Spark: as much of each table as the report reads."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import CommitProperties, write_deltalake

from expectations.model_folder.pictures import (
    CalibrationBin,
    CostLine,
    CostMark,
    FeatureWeight,
    LeadTimes,
    Machine,
    Pictures,
    PrecisionRecall,
    Timeline,
)
from expectations.tables.arrow_schema import arrow_schema
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.commit_json import to_text
from lakehouse.commit_metadata import Audit, CommitMetadata
from lakehouse.plant import Plant
from lakehouse.storage.key import Key
from ml.canonical import canonical_json
from ml.evaluation.block_frequency import BlockFrequency
from ml.gates.failure_gate import Check, Verdict
from ml.gates.readiness import Readiness
from ml.outlook.figures import outlook_figures
from ml.outlook.fit import Coverage
from ml.policy import Policy
from ml.training.summary import (
    AnomalyFigures,
    EventFigures,
    FailureFigures,
    IncidentFigures,
    PowerFigures,
    RuleFigures,
    Summary,
)
from report.lake_view import Row

HOUR = timedelta(hours=1)
BEGAN = datetime(2026, 2, 1, tzinfo=UTC)
FAILED = BEGAN + timedelta(days=12)
HOURS = 13 * 24
CLOCK = datetime(2026, 3, 1, 6, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script><img src="http://evil.example/x.png" onerror="run()">'
MODEL = "0123456789abcdef"
MODEL_FOLDER = Key("models") / MODEL
BUNDLE = "simulated@1.0.0+3"
AUDIT = Audit("PASS", "5d0c1fa98e", "c430de5896fd")
NOTHING = CommitMetadata()


def plant_at(lake: Path) -> Plant:
    """The simulated plant with its lake in a folder."""
    return load_plant(Settings(lake=lake, plant="simulated"))


def put(plant: Plant, name: str, rows: Sequence[Mapping[str, Any]], metadata: CommitMetadata = NOTHING) -> None:
    """Write a table's rows in one commit; columns that a row leaves out are null."""
    table = plant.tables[name]
    said = CommitProperties(custom_metadata={"userMetadata": to_text(replace(metadata, audit=metadata.audit or AUDIT))})
    write_deltalake(
        plant.lake.path(table),
        pa.Table.from_pylist([dict(row) for row in rows], arrow_schema(table)),
        mode="overwrite",
        partition_by=list(table.partition_by) or None,
        commit_properties=said,
    )


def built_from(source: str) -> CommitMetadata:
    """Metadata of a table that is built from the first version of a source."""
    return CommitMetadata(built_from={source: 0})


def full_lake(folder: Path) -> Plant:
    """A lake with something in every table that the page shows; machine B-1 fails once, foreseen by a day."""
    plant = plant_at(folder)
    put_data(plant)
    put_quality(plant)
    put_model(plant, learnt_until=BEGAN + timedelta(days=5))
    put_predictions(plant)
    return plant


def put_data(plant: Plant, *, failed_at: datetime | None = FAILED) -> None:
    """Buckets of two machines, their readings' days, daily tables, events and master data."""
    put(plant, "silver.buckets", [*_buckets("B-1", 3.0), *_buckets("B-2", 0.0)], built_from("silver.readings"))
    readings = [_reading(machine, BEGAN + n * HOUR) for machine in ("B-1", "B-2") for n in range(HOURS)]
    put(plant, "silver.readings", readings, CommitMetadata(batch=1))
    put(plant, "bronze.readings", [_arrived(row) for row in readings], CommitMetadata(batch=1))
    put(plant, "gold.factory_daily", [_factory_day(n) for n in range(13)])
    put(plant, "gold.machine_daily", [], built_from("silver.buckets"))
    put(plant, "gold.machine_features", [], built_from("silver.buckets"))
    machines = [{"machine_id": name, "factory_id": "bremen", "machine_model": "P100"} for name in ("B-1", "B-2", "B-3")]
    put(plant, "silver.machines", [{**row, "valid_from": BEGAN} for row in machines])
    failure = [_event("failure", "bearing", failed_at)] if failed_at else []
    put(plant, "silver.machine_events", [_event("error", "E101", FAILED - 30 * HOUR), *failure])


def put_quality(plant: Plant) -> None:
    """The ledger, the account of two feeds, and records set aside whose text is hostile."""
    put(plant, "bronze.files", [_file("readings/one.jsonl", "f1", 700), _file("readings/two.jsonl", "f2", 50)])
    account = {"batch_id": 1, "ingested_at": CLOCK, "is_alert": False, "verdict": "PASS", "fault_share_frac": 0.004}
    readings = {"records": 750, "accepted": 624, "duplicate": 100, "quarantined": 2, "rejected": 4, "blank": 20}
    errors = {"records": 3, "accepted": 1, "duplicate": 0, "quarantined": 0, "rejected": 2, "blank": 0}
    put(
        plant,
        "gold.data_quality",
        [{**account, "feed": "readings", **readings}, {**account, "feed": "errors", **errors, "is_alert": True}],
    )
    aside = {"_file_id": "f2", "_batch_id": 1, "_ingested_at": CLOCK, "measured_at": BEGAN, "unit": "mm/s"}
    put(
        plant,
        "silver.readings_quarantine",
        [
            {**aside, "_line": 7, "metric": "vibration", "value": 900.0, "_faults": ["value_out_of_range"]},
            {**aside, "_line": 3, "metric": HOSTILE, "value": 1.0, "_faults": ["unknown_metric"]},
        ],
    )
    refused = {"feed": "readings", "_file_id": "f2", "_batch_id": 1, "_ingested_at": CLOCK, "_offset": 0}
    put(
        plant,
        "bronze.rejected",
        [
            {
                **refused,
                "reason": "not_json",
                "detail": "Expecting value",
                "record_count": 3,
                "text": HOSTILE,
                "_line": 9,
            },
            {**refused, "reason": "not_json", "detail": "the same", "record_count": 1, "text": "{", "_line": 11},
            {**refused, "feed": "errors", "reason": "wrong_type", "record_count": 2, "text": None, "_line": 1},
        ],
    )
    put(
        plant,
        "gold.freshness",
        [
            {
                "checked_at": CLOCK, "table_name": "silver.readings", "newest_at": FAILED, "age_h": 5.0,
                "deadline_h": 2.0, "is_late": True,
            }
        ],
        CommitMetadata(audit=replace(AUDIT, verdict="WARN")),
    )  # fmt: skip


def put_money(plant: Plant, checks: int = 3) -> None:
    """Checks, 20 days apart; every size grows by 2 TB each time, and bronze is not divided by factory."""
    places = [("bronze", None, "hot", 23.0), ("silver", "bremen", "hot", 23.0), ("silver", "bremen", "warm", 20.0)]
    rows = [
        {
            "checked_date": CLOCK.date() + timedelta(days=20 * number), "layer": layer, "factory_id": factory,
            "tier": tier, "size_bytes": (4 + 2 * number) * 10**12, "file_count": 9, "price_usd_per_tb": price,
            "cost_cents": round((4 + 2 * number) * price * 100),
            "forecast_bytes": 7 * 10**12 if number else None, "forecast_cents": 16_100 if number else None,
            "forecast_deviation_frac": 0.125 if number == 2 and layer == "bronze" else None,
        }
        for number in range(checks)
        for layer, factory, tier, price in places
    ]  # fmt: skip
    put(plant, "gold.storage_costs", rows)


def put_safety(plant: Plant) -> None:
    """Two functions: a test that is due, one half of whose interval is over; a slow trip, a test within its budget."""
    place = {"machine_id": "M1", "factory_id": "bremen"}
    day = timedelta(days=1)
    tests = [
        {**place, "function_id": name, "kind": kind, "interval_h": 24.0 * days, "last_passed_at": passed,
         "counted_from_at": CLOCK - age * day, "half_at": CLOCK + (days / 2 - age) * day,
         "due_at": CLOCK + (days - age) * day}
        for name, kind, days, age, passed in (
            ("SIF-12", "proof_test", 365, 200, CLOCK - 200 * day), ("SIF-12", "partial_stroke", 30, 30, None),
            (HOSTILE, "proof_test", 365, 10, CLOCK - 10 * day),
        )
    ]  # fmt: skip
    measure = {**place, "process_safety_time_s": 8.0, "allowed_frac": 0.5}
    measures = [
        {**measure, "function_id": "SIF-12", "kind": "trip", "occurred_at": CLOCK - day, "part": "valve_stroke",
         "response_time_s": 3.5, "budget_s": 1.2, "function_response_s": 4.191, "used_frac": 0.523875,
         "verdict": "over_limit"},
        {**measure, "function_id": HOSTILE, "kind": "proof_test", "occurred_at": CLOCK - 10 * day, "part": None,
         "outcome": "passed", "response_time_s": 1.891, "budget_s": 1.891, "function_response_s": 1.891,
         "used_frac": 0.236375, "verdict": "within"},
    ]  # fmt: skip
    put(plant, "gold.safety_tests", tests)
    put(plant, "gold.safety_response", measures)


def put_model(plant: Plant, *, learnt_until: datetime, champion: bool = True, provisional: bool = True) -> None:
    """One version with its folder, judged, and champion if asked."""
    folder = plant.lake.storage.below(MODEL_FOLDER)
    training = {"failure_until_us": int(learnt_until.timestamp() * 1e6), "policy": {"horizon": "24h"}}
    folder.put(Key("training.json"), json.dumps(training).encode())
    folder.put(Key("metrics.json"), canonical_json({"readiness": readiness()}).encode())
    alarm = {"name": "alarm", "model": "failure_24h", "value": -2.0, "probability": 0.12}
    folder.put(Key("thresholds.json"), json.dumps({"thresholds": [alarm]}).encode())
    folder.put(Key("pictures.json"), canonical_json(pictures()).encode())
    folder.put(Key("model_card.html"), b"<p>card")
    version = {
        "version": MODEL, "plant": "simulated", "horizon": "24h", "trained_at": CLOCK,
        "kinds": "failure, anomaly",
        "data_versions": json.dumps({"gold.machine_features": 0}), "parameters": "{}", "code_revision": "c0de",
        "metrics": canonical_json(figures()), "artifact": f"models/{MODEL}", "artifact_sha256": "00",
    }  # fmt: skip
    put(plant, "gold.model_versions", [version])
    check = {
        "name": "tested_failures",
        "value": 7.0,
        "relation": ">=",
        "limit": 5.0,
        "verdict": "PASS",
        "text": "7 of 5",
    }
    decision = {
        "version": MODEL, "decided_at": CLOCK, "verdict": "PASS" if champion else "FAIL", "is_promoted": champion,
        "is_provisional": provisional, "report": json.dumps({"gate": "first champion", "checks": [check]}),
        "reason": "the first one",
    }  # fmt: skip
    put(plant, "gold.gate_decisions", [decision])
    if champion:
        alias = {"alias": "champion", "version": MODEL, "sequence": 1, "set_at": CLOCK, "set_by": "promote"}
        put(plant, "gold.model_aliases", [{**alias, "reason": "first"}])


def put_predictions(plant: Plant) -> None:
    """Batch scores each hour, B-1's last 20 hours beyond the threshold; edge scores every other hour, one late."""
    batch = [score(machine, n) for machine in ("B-1", "B-2") for n in range(HOURS)]
    for n in (10, 11, *range(HOURS - 6, HOURS)):  # of B-2, two before the last week
        batch[HOURS + n]["not_scored_reason"] = "windows_missing"
    edge = [{**row, "source": "edge", "gateway_id": "gw-1"} for row in batch[::2]]
    edge[0] = {**edge[0], "feature_digest": "late", "margin": -7.5}
    put(plant, "gold.predictions", [*batch, *edge])
    # 100, 101, ... us, in the order of arrival; the last one was not timed.
    times = [100 + place for place in range(len(edge) - 1)]
    put(plant, "bronze.edge_scores", [_sent(row, time) for row, time in zip(edge, [*times, None], strict=True)])


def put_held_out(plant: Plant, *, alarm_hours: int, name: str = "failure_24h_held_out.npz") -> None:
    """The test's scores of B-1: beyond that day's threshold for so many hours before the failure."""
    times = [BEGAN + n * HOUR for n in range(HOURS)]
    alarm = np.array([timedelta(0) < FAILED - at <= alarm_hours * HOUR for at in times])
    scores = io.BytesIO()
    np.savez(
        scores,
        machine_ids=np.array(["B-1"] * HOURS),
        scored_us=np.array([int(at.timestamp()) * 1_000_000 for at in times]),
        margins=np.where(alarm, 2.0, -5.0).astype(np.float32),
        probabilities=np.where(alarm, 0.7, 0.02),
        thresholds=np.full(HOURS, -1.0),
    )
    plant.lake.storage.put(MODEL_FOLDER / name, scores.getvalue())


def figures() -> Summary:
    """The figures of both models: 5 of 7 failures announced."""
    events = EventFigures(
        tested_failures=7, caught_failures=5, recall=5 / 7, recall_low=0.36, recall_high=0.92, episodes=9,
        false_episodes=4, precision=5 / 9, machine_years=2.0, false_alarms_per_machine_year=2.0, lead_hours_p10=3.0,
        lead_hours_p50=19.0, cost=47_000.0, too_late_failures=1, intervened_episodes=0, active_episodes=0, calls=14,
        vain_calls=4,
    )  # fmt: skip
    failure = FailureFigures(
        events=events, never_alarming_cost=105_000.0, always_alarming_cost=300_000.0, rows=4000, positive_rows=120,
        average_precision=0.5, brier=0.03, expected_calibration_error=0.02, threshold_margin=-2.0,
        outlook=outlook_figures(Coverage(11_060, 7, 0.12, 0.14), Policy()),
        threshold_probability=0.12, origins=4, trained_rows=5000, trained_positives=150, trained_until="2026-02-20",
        without_telemetry=None, left_out_machines=None, threshold_source="cross-fitted rows", threshold_failures=7,
        calibration_method="platt", greatest_probability=8 / 9, stop_reason="of 3 alarms a failure followed 3",
        rules=(RuleFigures("vibration_mean_24h >= 3.2", 4, 7, 6, 3.0, 60_000.0),),
        blocks=(BlockFrequency(2000, 55.0, 60, 5, 3), BlockFrequency(2000, 90.0, 60, 7, 3)),
    )  # fmt: skip
    anomaly = AnomalyFigures(
        trained_rows=3000, choosing_healthy_rows=800, choosing_alarms_per_machine_year=1.8, held_out_healthy_rows=1234,
        held_out_episodes=3, healthy_rule="no failure within 7 days", alarms_per_machine_year_on_healthy=1.5,
        budget_alarms_per_machine_year=2.0, threshold_path_length=500.0, trained_until="2026-02-20",
        judged_from="2026-03-01", events=None,
        power=(PowerFigures("shift", 34, 200, 0.124, 0.228, 4, ()), PowerFigures("relation", 0, 0, 0.0, 1.0, 0, ())),
        incidents=IncidentFigures(3, 5, 0.4, 1),
    )  # fmt: skip
    return Summary(failure=failure, anomaly=anomaly, models={})


def readiness() -> Readiness:
    """What nine failures and a long silence can carry: a provisional failure model, and no anomaly model yet."""
    too_few = Verdict.INSUFFICIENT_DATA
    table = (
        Check("failures_to_learn_from_and_test_on", Verdict.PASS, 9.0, ">=", 9.0, "9 of 9"),
        Check("failures_to_compare_models_by", Verdict.WARN, 9.0, ">=", 60.0, "9 of 60"),
        Check("months", Verdict.PASS, 1.5, ">=", 0.5256673511293635, "1.5 of 0.5"),
        Check("longest_hours_without_a_row", Verdict.WARN, 480.0, "<=", 336.0, "480 of 336"),
        Check("healthy_rows", too_few, 2559.0, ">=", 2560.0, "2,559 of 2,560"),
        Check("a_figure_of_tomorrow", Verdict.PASS, 3.0, ">=", 2.0, "3 of 2"),
    )
    return Readiness(
        machines=2, machines_failed=2, failures=9, months=1.5, rows=4000, labelled_share=0.9, longest_gap_hours=480.0,
        longest_unlabelled_hours=33.0, healthy_rows=2559, failure_model=Verdict.WARN, anomaly_model=too_few,
        reasons=("9 failures carry it.", "2,559 healthy rows do not."), table=table,
    )  # fmt: skip


def pictures() -> Pictures:
    """The numbers behind the pictures of both machines: four announced failures and one that was missed."""
    days = [int((BEGAN + timedelta(days=n)).timestamp() * 1e6) for n in range(14)]
    return Pictures(
        PrecisionRecall((0.1, 0.5, 1.0), (1.0, 0.8, 0.03), 0.03, 0.5, 0.8),
        CostLine(
            (-4.0, -2.0, 1.0), (300_000.0, 47_000.0, 90_000.0), 105_000.0, 300_000.0, CostMark(-2.0, 47_000.0),
            (CostMark(1.0, 90_000.0, 0.8),),
        ),
        (CalibrationBin(0.0, 0.1, 3900, 40, 0.01), CalibrationBin(0.9, 1.0, 100, 80, 0.95)),
        (FeatureWeight("vibration_mean_24h", 1.25, telemetry=True), FeatureWeight("age_h", 0.5, telemetry=False)),
        LeadTimes((30.0, 19.0, 19.0, 3.0), 5),
        Timeline(
            days[0], days[-1], 86_400_000_000,
            (Machine("B-1", (days[2], days[7]), (days[3], days[8]), (days[12],)), Machine("B-2", (days[5],), (), ())),
            3,
        ),
    )  # fmt: skip


def _buckets(machine: str, rise: float) -> list[Row]:
    """Vibration each hour: steady with a small ripple, rising over the last day before the failure."""
    made = []
    for n in range(HOURS):
        at = BEGAN + n * HOUR
        ahead = (FAILED - at) / HOUR
        steps = int(1000 * (2.0 + 0.1 * (n % 3) + (rise if 0 < ahead <= 24 else 0.0)))
        counts = {"reading_count": 2, "warning_count": int(0 < ahead <= 2), "critical_count": 0}
        ends = {"minimum_steps": steps - 50, "maximum_steps": steps + 50, "first_steps": steps, "last_steps": steps}
        days = {"bucket_date": at.date(), "local_date": at.date()}
        key = {"machine_id": machine, "factory_id": "bremen", "metric": "vibration", "bucket_at": at}
        made.append({**key, **counts, **ends, **days, "sum_steps": 2 * steps})
    return made


def _reading(machine: str, at: datetime) -> Row:
    known = {"sensor_id": f"{machine}/V", "machine_id": machine, "factory_id": "bremen", "metric": "vibration"}
    return {**known, "measured_at": at, "value": 2.0, "unit": "mm/s", "steps": 2000, "measured_date": at.date()}


def _arrived(row: Row) -> Row:
    names = ("sensor_id", "machine_id", "factory_id", "metric", "measured_at", "value", "unit")
    return {**{name: row[name] for name in names}, "_file_id": "f1", "_batch_id": 1, "_ingested_at": CLOCK, "_line": 1}


def _factory_day(number: int) -> Row:
    on = date(2026, 2, 1) + timedelta(days=number)
    counts = {"reading_count": 48, "active_machine_count": 2, "warning_count": number, "critical_count": number // 2}
    return {"factory_id": "bremen", "local_date": on, **counts}


def _event(kind: str, code: str, at: datetime) -> Row:
    return {
        "machine_id": "B-1",
        "factory_id": "bremen",
        "kind": kind,
        "code": code,
        "occurred_at": at,
        "detail": HOSTILE,
    }


def _file(path: str, file_id: str, records: int) -> Row:
    known = {"path": path, "size_bytes": 1234, "modified_at": CLOCK, "sha256": file_id * 32, "feed": "readings"}
    read = {"mapping": "readings_bremen", "outcome": "read", "records": records, "rows": records}
    return {**known, **read, "_file_id": file_id, "_batch_id": 1, "_ingested_at": CLOCK}


def _sent(row: Row, latency_us: int | None) -> Row:
    """An edge score as it landed."""
    names = ("machine_id", "factory_id", "scored_at", "bundle", "gateway_id", "margin", "path_length", "decision")
    arrival = {"_file_id": "f3", "_batch_id": 1, "_ingested_at": CLOCK, "_line": 1}
    return {**{name: row[name] for name in names}, "latency_us": latency_us, **arrival}


def score(machine: str, number: int) -> Row:
    """The batch score of one machine, so many hours after the beginning."""
    at = BEGAN + number * HOUR
    is_alarm = machine == "B-1" and timedelta(0) < FAILED - at <= 20 * HOUR
    values = {"margin": 1.5 if is_alarm else -8.0, "probability": 0.8 if is_alarm else 0.01, "path_length": 900.0}
    known = {"machine_id": machine, "factory_id": "bremen", "scored_at": at, "scored_date": at.date()}
    asked = {"decision": "maintain" if is_alarm else "none", "is_warming_up": False, "source": "batch"}
    made = {"made_at": CLOCK, "is_in_sample": False}
    return {**known, **values, **asked, **made, "bundle": BUNDLE, "feature_digest": f"{machine}{number:014d}"}
