"""Readings of machines whose model came or changed after them, judged anew by the limits of the new model."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.runtime.gate import JudgedFiles, judge
from jobs.runtime.partitions import are_same, differing_dates
from jobs.runtime.pieces import pieces, read_piece
from jobs.runtime.plant import Plant
from jobs.runtime.spread import Engine
from jobs.runtime.staging_area import staging_folder
from jobs.silver.batch_counts import Group, corrections
from jobs.silver.limits_by_model import MODELS, as_metadata, changed_machines, current_models, judged_models
from jobs.silver.selection import RECORDS, Selection, of_sensors
from jobs.silver.sorting import sort_records


def is_behind(plant: Plant) -> bool:
    """Whether silver's readings were judged by other models than the machines have now."""
    return judged_models(plant) is not None and bool(_stale_machines(plant))


def rejudge(engine: Engine, plant: Plant) -> bool:
    """Judge all readings of the sensors concerned anew; whether any changed.

    A sensor's records are sorted out together, whatever machine they name. Quarantine is replaced first: killed in
    between, the next run sees by its commit that it is ahead, and does both again.

    Raises:
        GateRefused: What is to be published breaks the contract; silver stays as it was.
    """
    from silver.rulebook import Rulebook

    now = current_models(plant)
    sensors = _sensors(plant, _stale_machines(plant))
    if not sensors:
        return _say(plant, now)
    records, name = of_sensors(plant, sensors, _last_batch(plant)), f"{len(sensors)} sensors judged anew"
    before = _groups_before(engine, plant, records)
    with staging_folder(plant.lake.root) as folder:
        sorted_ = sort_records(engine, plant, records, Rulebook(plant.profile, now), folder, meets_standing=False)
        said = {"corrections": corrections(before, sorted_.groups), **as_metadata(now)}
        batch = judge(sorted_.accepted, READINGS_TABLE, plant.lake, folder, name)
        aside = judge(sorted_.aside, QUARANTINE, plant.lake, folder, name)
        _replace_quarantine(engine, plant, aside, sensors, now)
        return _replace_readings(engine, plant, batch, sensors, said)


def _groups_before(engine: Engine, plant: Plant, records: Selection) -> list[Group]:
    """How the records were judged by the models of before."""
    from silver.rulebook import Rulebook

    book = Rulebook(plant.profile, judged_models(plant) or {})
    with staging_folder(plant.lake.root) as folder:
        return sort_records(engine, plant, records, book, folder, meets_standing=False).groups


def _replace_quarantine(
    engine: Engine, plant: Plant, batch: JudgedFiles, sensors: Sequence[str], now: dict[str, str]
) -> None:
    """Replace what stands of those sensors, unless a killed run has done it."""
    import pyarrow.dataset as ds

    standing = plant.lake.arrow(QUARANTINE, where=ds.field("sensor_id").isin(list(sensors)))
    if not are_same(batch.rows(), standing, QUARANTINE):
        said = {**as_metadata(now), **batch.verdict}
        plant.lake.replace_rows(batch.read(engine()), QUARANTINE, _of(sensors), said)


def _replace_readings(
    engine: Engine, plant: Plant, batch: JudgedFiles, sensors: Sequence[str], said: dict[str, Any]
) -> bool:
    """Replace the dates that differ, in one commit; False where none does."""
    import pyarrow.dataset as ds
    from pyspark.sql import functions as f

    days = plant.lake.dates(READINGS_TABLE) | {str(file.partition["measured_date"]) for file in batch.files}
    of_sensors = ds.field("sensor_id").isin(list(sensors))
    dates = differing_dates(plant.lake, batch, [*map(date.fromisoformat, days)], of_sensors)
    if not dates:
        return _say(plant, said[MODELS], said)
    listed = ", ".join(f"DATE'{day}'" for day in dates)
    plant.lake.replace_rows(
        batch.read(engine()).where(f.col("measured_date").cast("string").isin(dates)), READINGS_TABLE,
        f"measured_date IN ({listed}) AND {_of(sensors)}", {**said, **batch.verdict, "dates": dates},
    )  # fmt: skip
    _level(plant, said[MODELS])
    return True


def _last_batch(plant: Plant) -> int:
    number: int = plant.lake.last_metadata(READINGS_TABLE, "batch") or 0
    return number


def _stale_machines(plant: Plant) -> set[str]:
    """Those whose model changed since, and those of a quarantine that a killed run left ahead of the readings."""
    ahead: dict[str, str] | None = plant.lake.last_metadata(QUARANTINE, MODELS)
    stale = changed_machines(plant)
    judged = judged_models(plant) or {}
    if ahead is not None and ahead != judged:
        stale |= {machine for machine in ahead.keys() | judged.keys() if ahead.get(machine) != judged.get(machine)}
    return stale


def _sensors(plant: Plant, machines: set[str]) -> list[str]:
    """Every sensor with a record of one of the machines."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    is_theirs, found = ds.field("machine_id").isin(sorted(machines)), set[str]()
    for piece in pieces(plant.lake, RECORDS, is_theirs):
        rows = read_piece(piece, RECORDS, ["sensor_id", "machine_id"])
        found.update(pc.unique(rows.filter(is_theirs).column("sensor_id")).to_pylist())
    return sorted(found)


def _say(plant: Plant, models: dict[str, str], said: dict[str, Any] | None = None) -> bool:
    """Note in a commit without rows by which models the readings, unchanged, hold; False: nothing changed."""
    plant.lake.say(READINGS_TABLE, {**(said or {}), **as_metadata(models), "dates": []})
    _level(plant, models)
    return False


def _level(plant: Plant, models: dict[str, str]) -> None:
    """Let quarantine name the models of the readings, where it names others: a replacement of nothing says nothing."""
    if plant.lake.last_metadata(QUARANTINE, MODELS) not in (None, models):
        plant.lake.say(QUARANTINE, as_metadata(models))


def _of(sensors: Sequence[str]) -> str:
    return f"sensor_id IN ({', '.join(_quoted(sensor) for sensor in sensors)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
