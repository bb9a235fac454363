"""Features of a simulated plant whose sensors are well, and what shifts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.features import features_of
from expectations.tables.arrow_columns import stamps
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.silver import MACHINE_EVENTS, machines
from gold import machine_features
from ml.drift.sketch_table import compared
from silver.buckets import build as build_buckets
from simulator.events import Event, error_events, failure_events, maintenance_events
from simulator.plant import METRICS, SimulationConfig
from simulator.world import World, build_world

_ENDS = datetime(2026, 9, 7, tzinfo=UTC)  # a Monday: the last week is whole
_NEVER_CLOSED = datetime(2100, 1, 1, tzinfo=UTC)


def world_of(seed: int, days: int) -> World:
    """A plant at its usual pace of wear and failure, without faults of sensors and deliveries."""
    return build_world(SimulationConfig(days=days, seed=seed, cadence_s=1200, faults=False, ends_at=_ENDS))


def features(world: World) -> pa.Table:
    """`gold.machine_features` of the plant, as gold builds it; master data are left out."""
    buckets = build_buckets(_readings(world), world.profile)
    history = arrow_schema(machines(world.profile)).empty_table()
    return machine_features.build(buckets, _events(world), history, world.profile, _NEVER_CLOSED, dates_of(world))


def dates_of(world: World) -> list[date]:
    """Every date of the run."""
    return [(world.config.started_at + timedelta(days=day)).date() for day in range(world.config.days)]


def names_of(world: World, window_days: int) -> tuple[str, ...]:
    """The features that are compared."""
    return compared(features_of(world.profile), window_days)


def shifted(rows: pa.Table, names: Sequence[str], deviations: float) -> pa.Table:
    """The rows with each of the features moved by so many of its deviations."""
    for name in names:
        values = rows.column(name)
        moved = pc.add(values, deviations * (pc.stddev(values).as_py() or 0.0))
        rows = rows.set_column(rows.schema.get_field_index(name), name, moved)
    return rows


def _readings(world: World) -> pa.Table:
    ids = np.array([machine.machine_id for machine in world.machines], dtype=object)
    factories = np.array([machine.gateway.factory_id for machine in world.machines], dtype=object)
    names = np.array(METRICS, dtype=object)
    made = []
    for rows in world.rows.values():
        healthy, metric = np.zeros(len(rows), dtype=np.bool_), pa.array(names[rows.metric])
        columns = {
            "machine_id": pa.array(ids[rows.machine]), "factory_id": pa.array(factories[rows.machine]),
            "metric": metric, "sensor_id": metric, "measured_at": stamps(rows.time_us), "steps": pa.array(rows.steps),
            "is_warning": pa.array(healthy), "is_critical": pa.array(healthy),
        }  # fmt: skip
        made.append(pa.table(columns))
    return pa.concat_tables(made)


def _events(world: World) -> pa.Table:
    found = []
    for machine, life in zip(world.machines, world.lives, strict=True):
        kinds = {
            "maintenance": maintenance_events(life, machine, world.config),
            "failure": failure_events(life, machine, world.config),
            "error": error_events(life, machine, (), world.config),
        }
        found += [_row(kind, event) for kind, events in kinds.items() for event in events]
    return pa.Table.from_pylist(found, arrow_schema(MACHINE_EVENTS))


def _row(kind: str, event: Event) -> dict[str, object]:
    return {
        "machine_id": event.machine.machine_id,
        "factory_id": event.machine.gateway.factory_id,
        "kind": kind,
        "code": event.code,
        "occurred_at": datetime.fromtimestamp(event.time_us / 1e6, UTC),
    }
