"""The simulated plant as the frames of a training, without a lake: features and labels as gold builds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.features import delays_of, features_of
from expectations.tables.arrow_columns import stamps
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.silver import MACHINE_EVENTS, machines
from gold import failure_labels, machine_features
from ml.data.dataset import Dataset, Mask, TrainingFrames
from ml.data.failure_events import FailureEvents
from silver.buckets import build as build_buckets
from simulator.events import (
    INSULATION,
    OVERLOAD,
    Event,
    error_events,
    failure_events,
    failure_times_us,
    maintenance_events,
)
from simulator.plant import METRICS, US
from simulator.world import World

KNOWN_AFTER = timedelta(days=2)
"""The delay of failure records that the profile declares."""
CODES_H = 100
"""How long before a failure a code may announce it, hours."""
_LEFT_OUT = ("censored_within_", "factory_id", "scored_date")
_KINDS = {"failure": "failed_at", "maintenance": "occurred_at"}


def frames_of(world: World) -> TrainingFrames:
    """What a training reads of the plant. Its sensors misbehave as they do; each record came once, and in order."""
    profile, config = world.profile, world.config
    events, master = _events(world), _master(world)
    dates: list[date] = [(config.started_at + timedelta(days=day)).date() for day in range(config.days)]
    buckets = build_buckets(_readings(world), profile)
    rows = machine_features.build(buckets, events, master, profile, config.ends_at, dates)
    none = arrow_schema(INTERVENTIONS).empty_table()
    happened = failure_labels.Events(events, none, {})
    labels = failure_labels.build(rows, happened, config.ends_at - KNOWN_AFTER, profile)
    recorded = events.to_pandas()
    by_kind = {
        kind: recorded[recorded["kind"] == kind].rename(columns={"occurred_at": at})[["machine_id", at, "code"]]
        for kind, at in _KINDS.items()
    }
    return TrainingFrames(
        features=rows.to_pandas().drop(columns=["factory_id", "scored_date"]),
        labels=labels.select([name for name in labels.column_names if not name.startswith(_LEFT_OUT)]).to_pandas(),
        failures=by_kind["failure"],
        maintenance=by_kind["maintenance"],
    )


def damage_of(world: World, rows: Dataset) -> NDArray[np.float32]:
    """What is true of each row's machine: the greatest damage that a signal shows, at the last reading before it."""
    config = world.config
    slot = (rows.scored_us - config.start_us) // (config.cadence_s * US) - 1
    slot = np.clip(slot, 0, config.slots - 1)
    found = np.zeros(len(rows), dtype=np.float32)
    for machine, life in zip(world.machines, world.lives, strict=True):
        mine = rows.machine_ids == machine.machine_id
        found[mine] = life.damage.max(axis=0)[slot[mine]]
    return found


@dataclass(frozen=True, slots=True)
class Announced:
    """Which failures something announces.

    Attributes:
        by_signal: A signal shows the damage, shape (n,).
        by_any: It does, or a code of the machine's control is known in time, shape (n,).
    """

    by_signal: Mask
    by_any: Mask


def announced(world: World, failures: FailureEvents, least_lead_h: float) -> Announced:
    """What announces failures of a plant: codes as its features know them, so late, and by the least lead before.

    A code counts from 100 h before its failure, twice as long as codes announce; some came by chance.
    """
    late_h = delays_of(features_of(world.profile)).get("error", 0) / 3600 + least_lead_h
    by_signal, by_code = set[tuple[str, int]](), set[tuple[str, int]]()
    for machine, life, shown in zip(world.machines, world.lives, world.measured, strict=True):
        errors = error_events(life, machine, shown.faults, world.config)
        codes_us = [one.time_us for one in errors if one.code in (OVERLOAD, INSULATION)]
        times_us = failure_times_us(life, machine, world.config)
        for failure, at_us in zip(life.failures, times_us, strict=True):
            if failure.is_visible:
                by_signal.add((machine.machine_id, at_us))
            if any(late_h <= (at_us - code_us) / (3600 * US) <= CODES_H for code_us in codes_us):
                by_code.add((machine.machine_id, at_us))
    keys = list(zip(failures.machine_ids.tolist(), failures.failed_us.tolist(), strict=True))
    signal = np.array([key in by_signal for key in keys], dtype=np.bool_)
    return Announced(signal, signal | np.array([key in by_code for key in keys], dtype=np.bool_))


def _readings(world: World) -> pa.Table:
    slot_us, parts = world.config.slot_times_us(), []
    for machine, shown in zip(world.machines, world.measured, strict=True):
        for metric, name in enumerate(METRICS):
            slots = np.flatnonzero(shown.present[metric])
            steps = shown.steps[metric][slots]
            known = world.profile.metric(name)
            above = known.limits_for(machine.machine_id, machine.model.name).warning_above
            high = np.zeros(len(slots), dtype=np.bool_) if above is None else steps * known.resolution > above
            text = {"machine_id": machine.machine_id, "factory_id": machine.gateway.factory_id, "metric": name,
                    "sensor_id": machine.sensor_id(metric)}  # fmt: skip
            columns = {key: pa.array([value] * len(slots)) for key, value in text.items()}
            parts.append(
                pa.table(
                    {**columns, "measured_at": stamps(slot_us[slots]), "steps": pa.array(steps),
                     "is_warning": pa.array(high), "is_critical": pa.array(np.zeros(len(slots), dtype=np.bool_))}
                )
            )  # fmt: skip
    return pa.concat_tables(parts)


def _events(world: World) -> pa.Table:
    found = []
    for machine, life, shown in zip(world.machines, world.lives, world.measured, strict=True):
        kinds = {
            "maintenance": maintenance_events(life, machine, world.config),
            "failure": failure_events(life, machine, world.config),
            "error": error_events(life, machine, shown.faults, world.config),
        }
        found += [_event(kind, each) for kind, events in kinds.items() for each in events]
    return pa.Table.from_pylist(found, arrow_schema(MACHINE_EVENTS))


def _event(kind: str, event: Event) -> dict[str, object]:
    return {
        "machine_id": event.machine.machine_id, "factory_id": event.machine.gateway.factory_id, "kind": kind,
        "code": event.code, "occurred_at": datetime.fromtimestamp(event.time_us / 1e6, UTC),
    }  # fmt: skip


def _master(world: World) -> pa.Table:
    found = [
        {"machine_id": each.machine_id, "factory_id": each.gateway.factory_id, "machine_model": each.model.name,
         "age_years": float(each.age_years), "valid_from": world.profile.began_at}
        for each in world.machines
    ]  # fmt: skip
    return pa.Table.from_pylist(found, arrow_schema(machines(world.profile)))
