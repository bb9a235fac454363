"""Readings whose limits changed after them, by the profile or by their machine's model, judged anew."""

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
from jobs.silver import judged_by
from jobs.silver.batch_counts import Group, corrections
from jobs.silver.judged_by import JudgedBy
from jobs.silver.selection import RECORDS, Selection, of_sensors
from jobs.silver.sorting import sort_records


def is_behind(plant: Plant) -> bool:
    """Whether silver's readings were judged by other limits or models than hold now."""
    return any(_stale(plant))


def rejudge(engine: Engine, plant: Plant) -> bool:
    """Judge all readings of the sensors concerned anew; whether any changed.

    A sensor's records are sorted out together, whatever machine they name. Quarantine is replaced first: killed in
    between, the next run sees by its commit that it is ahead, and does both again.

    Raises:
        GateRefused: What is to be published breaks the contract; silver stays as it was.
    """
    now = judged_by.now(plant)
    sensors = _sensors(plant, *_stale(plant))
    if not sensors:
        return _say(plant, now)
    records, name = of_sensors(plant, sensors, _last_batch(plant)), f"{len(sensors)} sensors judged anew"
    before = _groups_before(engine, plant, records)
    with staging_folder(plant.lake.root) as folder:
        sorted_ = sort_records(engine, plant, records, now.book(plant.profile), folder, meets_standing=False)
        said = {"corrections": corrections(before, sorted_.groups)}
        batch = judge(sorted_.accepted, READINGS_TABLE, plant.lake, folder, name)
        aside = judge(sorted_.aside, QUARANTINE, plant.lake, folder, name)
        _replace_quarantine(engine, plant, aside, sensors, now)
        return _replace_readings(engine, plant, batch, sensors, now, said)


def _groups_before(engine: Engine, plant: Plant, records: Selection) -> list[Group]:
    """How the records were judged before."""
    book = (judged_by.last(plant) or judged_by.now(plant)).book(plant.profile)
    with staging_folder(plant.lake.root) as folder:
        return sort_records(engine, plant, records, book, folder, meets_standing=False).groups


def _replace_quarantine(
    engine: Engine, plant: Plant, batch: JudgedFiles, sensors: Sequence[str], now: JudgedBy
) -> None:
    """Replace what stands of those sensors, unless a killed run has done it."""
    import pyarrow.dataset as ds

    standing = plant.lake.arrow(QUARANTINE, where=ds.field("sensor_id").isin(list(sensors)))
    if not are_same(batch.rows(), standing, QUARANTINE):
        said = {**now.to_metadata(), **batch.verdict}
        plant.lake.replace_rows(batch.read(engine()), QUARANTINE, _of(sensors), said)


def _replace_readings(  # all that one commit is made of
    engine: Engine, plant: Plant, batch: JudgedFiles, sensors: Sequence[str], now: JudgedBy, said: dict[str, Any]
) -> bool:
    """Replace the dates that differ, in one commit; False where none does."""
    import pyarrow.dataset as ds
    from pyspark.sql import functions as f

    days = plant.lake.dates(READINGS_TABLE) | {str(file.partition["measured_date"]) for file in batch.files}
    of_sensors = ds.field("sensor_id").isin(list(sensors))
    dates = differing_dates(plant.lake, batch, [*map(date.fromisoformat, days)], of_sensors)
    if not dates:
        return _say(plant, now, said)
    listed = ", ".join(f"DATE'{day}'" for day in dates)
    rows = batch.read(engine()).where(f.col("measured_date").cast("string").isin(dates))
    told = {**said, **now.to_metadata(), **batch.verdict, "dates": dates}
    plant.lake.replace_rows(rows, READINGS_TABLE, f"measured_date IN ({listed}) AND {_of(sensors)}", told)
    _level(plant, now)
    return True


def _last_batch(plant: Plant) -> int:
    number: int = plant.lake.last_metadata(READINGS_TABLE, "batch") or 0
    return number


def _stale(plant: Plant) -> tuple[set[str], set[str]]:
    """Machines and metrics whose limits changed since, and those of a quarantine that a killed run left ahead."""
    last, now = judged_by.last(plant), judged_by.now(plant)
    if last is None:
        return set(), set()
    machines, metrics = last.changed(now)
    ahead = judged_by.last(plant, QUARANTINE)
    if ahead is not None:
        more = last.changed(ahead)
        machines, metrics = machines | more[0], metrics | more[1]
    return machines, metrics


def _sensors(plant: Plant, machines: set[str], metrics: set[str]) -> list[str]:
    """Every sensor with a record of one of the machines or metrics."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    names = {"machine_id": machines, "metric": metrics}
    theirs = [ds.field(column).isin(pa.array(sorted(some), pa.string())) for column, some in names.items()]
    is_theirs = theirs[0] | theirs[1]
    found = set[str]()
    for piece in pieces(plant.lake, RECORDS, is_theirs):
        rows = read_piece(piece, RECORDS, ["sensor_id", "machine_id", "metric"])
        found.update(pc.unique(rows.filter(is_theirs).column("sensor_id")).to_pylist())
    return sorted(found)


def _say(plant: Plant, now: JudgedBy, said: dict[str, Any] | None = None) -> bool:
    """Note in a commit without rows by what the readings, unchanged, are judged; False: nothing changed."""
    plant.lake.say(READINGS_TABLE, {**(said or {}), **now.to_metadata(), "dates": []})
    _level(plant, now)
    return False


def _level(plant: Plant, now: JudgedBy) -> None:
    """Let quarantine name what the readings name, where it names others: a replacement of nothing says nothing."""
    ahead = judged_by.last(plant, QUARANTINE)
    if ahead is not None and any(ahead.changed(now)):
        plant.lake.say(QUARANTINE, now.to_metadata())


def _of(sensors: Sequence[str]) -> str:
    return f"sensor_id IN ({', '.join(_quoted(sensor) for sensor in sensors)})"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
