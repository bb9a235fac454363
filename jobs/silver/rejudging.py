"""Readings of machines whose model came or changed after them, judged anew by the limits of the new model."""

from typing import TYPE_CHECKING, Any

from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.runtime.engine.client import checkpoint
from jobs.runtime.gate import audit
from jobs.runtime.partitions import differing_dates
from jobs.runtime.plant import Plant
from jobs.silver.batch_counts import Survey
from jobs.silver.limits_by_model import MODELS, as_metadata, changed_machines, current_models, judged_models
from jobs.silver.sorting import count_by_day, sort_records

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def is_behind(plant: Plant) -> bool:
    """Whether silver's readings were judged by other models than the machines have now."""
    return judged_models(plant) is not None and bool(_stale_machines(plant))


def rejudge(spark: "SparkSession", plant: Plant) -> bool:
    """Judge all readings of the sensors concerned anew; whether any changed.

    A sensor's records are sorted out together, whatever machine they name. Quarantine is replaced first: killed in
    between, the next run sees by its commit that it is ahead, and does both again.

    Raises:
        GateRefused: What is to be published breaks the contract; silver stays as it was.
    """
    from pyspark.sql import functions as f

    from silver import readings, readings_quarantine

    judged, now = judged_models(plant) or {}, current_models(plant)
    sensors = _sensors(spark, plant, _stale_machines(plant))
    if not sensors:
        return _say(plant, now)
    concerned = f.col("sensor_id").isin(sensors)
    bronze = plant.lake.read(spark, plant.tables["bronze.readings"]).where(concerned)
    by_day = count_by_day(bronze)
    before = sort_records(bronze, by_day, plant.profile, judged).survey()
    records = sort_records(bronze, by_day, plant.profile, now)
    frame = checkpoint(readings.finish(records.accepted(), plant.profile))
    aside = readings_quarantine.build(records.closer)
    said = {**_net(plant, before, records.survey()), **as_metadata(now)}
    verdict = audit(frame, READINGS_TABLE, plant.lake, f"{len(sensors)} sensors judged anew")
    aside_verdict = audit(aside, QUARANTINE, plant.lake, f"{len(sensors)} sensors judged anew")
    where = f"sensor_id IN ({', '.join(_quoted(sensor) for sensor in sensors)})"
    plant.lake.replace_rows(aside.coalesce(1), QUARANTINE, where, {**as_metadata(now), **aside_verdict})
    dates = differing_dates(frame, plant.lake.read(spark, READINGS_TABLE).where(concerned), "measured_date")
    if not dates:
        return _say(plant, now, said)
    listed = ", ".join(f"DATE'{day}'" for day in dates)
    plant.lake.replace_rows(
        frame.where(f.col("measured_date").cast("string").isin(dates)), READINGS_TABLE,
        f"measured_date IN ({listed}) AND {where}", {**said, **verdict, "dates": dates},
    )  # fmt: skip
    _level(plant, now)
    return True


def _stale_machines(plant: Plant) -> set[str]:
    """Those whose model changed since, and those of a quarantine that a killed run left ahead of the readings."""
    ahead: dict[str, str] | None = plant.lake.last_metadata(QUARANTINE, MODELS)
    stale = changed_machines(plant)
    judged = judged_models(plant) or {}
    if ahead is not None and ahead != judged:
        stale |= {machine for machine in ahead.keys() | judged.keys() if ahead.get(machine) != judged.get(machine)}
    return stale


def _sensors(spark: "SparkSession", plant: Plant, machines: set[str]) -> list[str]:
    from pyspark.sql import functions as f

    bronze = plant.lake.read(spark, plant.tables["bronze.readings"])
    rows = bronze.where(f.col("machine_id").isin(sorted(machines))).select("sensor_id").distinct().collect()
    return sorted(row["sensor_id"] for row in rows)


def _net(plant: Plant, before: Survey, after: Survey) -> dict[str, Any]:
    """The counts of the newest batch, changed by what was judged differently: sums over all batches stay right."""
    keys = ("batch", "rows", "accepted", "duplicate", "quarantined")
    newest = {key: plant.lake.last_metadata(READINGS_TABLE, key) for key in keys}
    quarantined = dict(newest["quarantined"])
    old, new = before.quarantined(), after.quarantined()
    for fault in old.keys() | new.keys():
        quarantined[fault] = quarantined.get(fault, 0) + new[fault] - old[fault]
    return {
        **newest,
        "accepted": newest["accepted"] + after.accepted - before.accepted,
        "duplicate": newest["duplicate"] + after.fates["repeats"] - before.fates["repeats"],
        "quarantined": {fault: count for fault, count in sorted(quarantined.items()) if count},
    }


def _say(plant: Plant, models: dict[str, str], said: dict[str, Any] | None = None) -> bool:
    """Note in a commit without rows by which models the readings, unchanged, hold; False: nothing changed."""
    plant.lake.say(READINGS_TABLE, {**(said or {}), **as_metadata(models), "dates": []})
    _level(plant, models)
    return False


def _level(plant: Plant, models: dict[str, str]) -> None:
    """Let quarantine name the models of the readings, where it names others: a replacement of nothing says nothing."""
    if plant.lake.last_metadata(QUARANTINE, MODELS) not in (None, models):
        plant.lake.say(QUARANTINE, as_metadata(models))


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
