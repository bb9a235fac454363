"""Drift on simulated plants: weeks without drift that fire, shifts that are found, and the time of a comparison.

`python -m bench.drift` builds the features of three plants of 24 machines, whose sensors are well, and compares each
week with those before it, for the fleet. Then every feature of a week is shifted by 0.8 of its deviations, and the
verdict of each of the seven days is asked for. Denominators are beside.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.drift_plant import dates_of, features, names_of, shifted, world_of
from bench.measure import SMALL, machine_line
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold import PREDICTIONS
from ml.drift import drift_table, sketch_table
from ml.drift.rules import DriftRules

RULES = DriftRules()
SHIFT = 0.8
SEEDS, DAYS = (1, 2, 3), 300
FEW_SEEDS, FEW_DAYS = (1,), 119
MACHINES, HOURS, FEATURES = 458, 24 * RULES.days, 20  # a million rows
DATED = "scored_date"


@dataclass(frozen=True, slots=True)
class Plant:
    """The features of a plant, and the sketches of all its machines as one."""

    rows: pa.Table
    names: tuple[str, ...]
    dates: list[date]
    sketches: pa.Table


def plant_of(seed: int, days: int) -> Plant:
    """A simulated plant."""
    world = world_of(seed, days)
    rows, names, dates = features(world), names_of(world, RULES.window_days), dates_of(world)
    return Plant(rows, names, dates, sketched(rows, names, dates))


def sketched(rows: pa.Table, names: Sequence[str], dates: Sequence[date]) -> pa.Table:
    """Sketches of the fleet: all machines under one name, which is what a merge of theirs gives."""
    one = pa.array(["fleet"] * rows.num_rows, pa.string())
    place = {name: rows.schema.get_field_index(name) for name in ("machine_id", "factory_id")}
    for name, at in place.items():
        rows = rows.set_column(at, name, one)
    return sketch_table.build(rows, arrow_schema(PREDICTIONS).empty_table(), names, dates)


def verdicts(sketches: pa.Table, dates: Sequence[date]) -> Iterator[tuple[date, str, str]]:
    """Date, feature and verdict of each comparison of the fleet; where there is not enough data none."""
    found = drift_table.build(sketches, RULES, dates)
    for row in found.filter(pc.equal(found.column("scope"), "fleet")).to_pylist():
        if row["verdict"] != "INSUFFICIENT_DATA":
            yield row["until_date"], row["feature"], row["verdict"]


def without_drift(plants: Sequence[Plant]) -> None:
    """Weeks that fire although nothing but wear, failures, repairs and seasons changed."""
    weeks, fired, warned, compared, features_fired, features_warned = 0, 0, 0, 0, 0, 0
    for plant in plants:
        sundays = [day for day in plant.dates if day.isoweekday() == 7]
        found = list(verdicts(plant.sketches, sundays))
        days = {day for day, *_ in found}
        weeks, compared = weeks + len(days), compared + len(found)
        fired += len({day for day, _, verdict in found if verdict == "DRIFT"})
        warned += len({day for day, _, verdict in found if verdict != "NO_DRIFT"})
        features_fired += sum(verdict == "DRIFT" for *_, verdict in found)
        features_warned += sum(verdict == "WARN" for *_, verdict in found)
    print(f"weeks without drift that fire, any feature: {fired} of {weeks} DRIFT; {warned} of {weeks} DRIFT or WARN")
    print(f"  of comparisons: {features_fired} of {compared:,} DRIFT, {features_warned} of {compared:,} WARN")


def with_drift(plants: Sequence[Plant], every: int) -> None:
    """Features of a week, each shifted by `SHIFT` of its deviations: found on which day."""
    first_day: dict[tuple[int, date, str], int] = {}
    asked = set[tuple[int, date, str]]()
    for number, plant in enumerate(plants):
        for start in plant.dates[RULES.days : -RULES.window_days : every]:
            days = [start + timedelta(days=day) for day in range(RULES.window_days)]
            for day, feature, verdict in verdicts(_with_shift(plant, days), days):
                case = (number, start, feature)
                asked.add(case)
                if verdict == "DRIFT":
                    first_day.setdefault(case, (day - start).days + 1)
    found = sorted(first_day.values())
    median = f"day {found[len(found) // 2]} at the median" if found else "never"
    print(f"shifts of {SHIFT} deviations found within 7 days: {len(found)} of {len(asked):,}, {median}")
    lost = sorted({f"{feature} ({start})" for _, start, feature in asked - set(first_day)})
    for one in lost[:10]:
        print(f"  not found: {one}")


def _with_shift(plant: Plant, days: Sequence[date]) -> pa.Table:
    """Sketches up to the last of the days, these shifted."""
    dated, first = plant.rows.column(DATED), pa.scalar(days[0], pa.date32())
    moved = shifted(plant.rows, plant.names, SHIFT).filter(pc.is_in(dated, pa.array(days, pa.date32())))
    before = plant.sketches.filter(pc.less(plant.sketches.column("sketch_date"), first))
    return pa.concat_tables([before, sketched(moved, plant.names, days)])


def timing(machines: int) -> None:
    """Seconds of a comparison of the fleet from the sketches of each machine and day."""
    rng, names = np.random.default_rng(1), [f"feature_{number}" for number in range(FEATURES)]
    days = np.repeat(np.arange(HOURS) // 24, machines) + 20_454
    columns = {name: pa.array(rng.normal(50.0, 1.0, len(days))) for name in names}
    machine = np.tile(np.arange(machines), HOURS).astype(str)
    rows = pa.table({
        "machine_id": pa.array(machine), "factory_id": pa.array(["f"] * len(days)),
        DATED: pa.array(days.astype(np.int32)).cast(pa.date32()), **columns,
    })  # fmt: skip
    dates = sorted(set(rows.column(DATED).to_pylist()))
    began = time.monotonic()
    sketches = sketch_table.build(rows, arrow_schema(PREDICTIONS).empty_table(), names, dates)
    sketched_at = time.monotonic()
    found = drift_table.build(sketches, RULES, dates[-2:-1])
    ended = time.monotonic()
    print(
        f"{rows.num_rows:,} rows x {FEATURES} features of {machines} machines: {sketches.num_rows:,} sketches in "
        f"{sketched_at - began:.2f} s; after that {found.num_rows} comparisons in {ended - sketched_at:.2f} s"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Weeks without drift, weeks with it, seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help=SMALL)
    arguments = parser.parse_args(argv)
    print(machine_line())
    seeds, days, every = (FEW_SEEDS, FEW_DAYS, 7) if arguments.small else (SEEDS, DAYS, 14)
    plants = [plant_of(seed, days) for seed in seeds]
    print(f"{len(plants)} simulated plants of 24 machines, {days} days, {len(plants[0].names)} features compared")
    without_drift(plants)
    with_drift(plants, every)
    timing(10 if arguments.small else MACHINES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
