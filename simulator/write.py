"""The one place of the simulator with effects: files into the landing folder, the truth aside."""

import json
import logging
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from simulator.changed_sensors import change_of
from simulator.contents import Content, content_of
from simulator.deliveries import Delivery
from simulator.errors import ConfigError
from simulator.number_truth import count_numbers
from simulator.plant import METRICS, SimulationConfig
from simulator.rows import Rows, concat
from simulator.truth import (
    FeedCounts,
    FileTruth,
    Truth,
    count_outcomes,
    count_readings,
    resolve,
)
from simulator.world import World, build_world
from simulator.world_truth import answers_of, equipment_of, failures_of, preventions_of, sensor_faults_of

_log = logging.getLogger(__name__)


def simulate(config: SimulationConfig, landing: Path, truth: Path, steps: tuple[int, ...] = ()) -> Truth:
    """The truth of a plant whose files were written to `landing`; the same settings write the same bytes.

    Step 1 holds the files up to the last days, step 2 those days, late files, repeated ones, and the tail of those
    that grow; so does a third step. ``steps=(1,)`` and later ``steps=(2,)`` deliver in two goes, and leave what all
    steps do; none means all of them. Files that `landing` has already stay.
    `truth` gets ``truth.json`` and ``readings.parquet``, the exact silver readings, after the last of `steps`.

    Raises:
        ConfigError: `steps` are neither one of the plant's nor all of them, or `truth` lies in `landing`, where the
            platform would read it.
    """
    steps = steps or config.steps
    legal = [*((one,) for one in config.steps), config.steps]
    if steps not in legal:
        raise ConfigError(f"steps = {steps}; legal: {', '.join(map(str, legal))}")
    if truth.resolve().is_relative_to(landing.resolve()):
        raise ConfigError(f"truth folder {truth} lies in the landing folder {landing}; name one outside of it")
    _log.info("living through the days of the plant")
    world = build_world(config)
    rows, found = _deliver(world, landing, steps)
    for file in world.office_files:
        if file.step in steps:
            _write(landing / file.path, file.data, file.modified_us)
    _log.info("writing the truth")
    _write_readings(truth, rows, world)
    document = json.dumps(found.to_document(), indent=1)
    (truth / "truth.json").write_text(document + "\n", encoding="utf-8")
    return found


def _deliver(world: World, landing: Path, steps: tuple[int, ...]) -> tuple[Rows, Truth]:
    """Write the readings of `steps`; the rows that have arrived with them and before, and the truth of that state."""
    step, files, contents = max(steps), list[FileTruth](), dict[str, Content]()
    parts: dict[str, list[Rows]] = {}
    repeated = truncated = 0
    copied = {delivery.copy_of for delivery in world.deliveries}
    delivered = [delivery for delivery in world.deliveries if delivery.step <= step]
    for number, delivery in enumerate(delivered, 1):
        _log.info("files of readings %d of %d", number, len(delivered))
        readable = delivery.rows_at(step)
        if _is_written(delivery, steps) or delivery.is_cut or delivery.path in copied:
            content = contents.get(delivery.copy_of) or _content(world, delivery, step)
            readable = content.readable
            if delivery.path in copied:
                contents[delivery.path] = content
            if _is_written(delivery, steps):
                _write(landing / delivery.path, content.data, delivery.modified_us)
        truncated += delivery.is_cut
        files.append(FileTruth(delivery.path, delivery.role, delivery.step, readable + delivery.is_cut))
        if delivery.copy_of:
            repeated += readable
        else:
            places = np.arange(delivery.first, delivery.first + readable)
            sender = delivery.gateway.gateway_id
            parts.setdefault(sender, []).append(world.rows[sender].take(places))
    by_gateway = {name: concat(found) for name, found in parts.items()}
    rows = concat(list(by_gateway.values()))
    numbers = [one for name, own in by_gateway.items() for one in count_numbers(name, own)]
    feeds = {"readings": count_readings(rows, repeated, truncated)} | _office_counts(world, step)
    failures, faults, others = failures_of(world), sensor_faults_of(world), (answers_of(world), equipment_of(world))
    change = change_of(world.config)
    prevented = preventions_of(world)
    return rows, Truth(step, feeds, failures, faults, tuple(files), prevented, tuple(numbers), *others, change)


def _is_written(delivery: Delivery, steps: tuple[int, ...]) -> bool:
    return delivery.step in steps or (delivery.head > 0 and delivery.step + 1 in steps)


def _content(world: World, delivery: Delivery, step: int) -> Content:
    rows = world.rows[delivery.gateway.gateway_id]
    return content_of(delivery, step, rows, world.machines, world.profile)


def _office_counts(world: World, step: int) -> dict[str, FeedCounts]:
    outcomes: dict[str, list[str]] = {}
    for file in world.office_files:
        if file.step <= step:
            outcomes.setdefault(file.feed, []).extend(line.outcome for line in file.lines)
    return {feed: count_outcomes(found) for feed, found in outcomes.items()}


def _write(path: Path, data: bytes, modified_us: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(modified_us * 1000, modified_us * 1000))


def _write_readings(folder: Path, rows: Rows, world: World) -> None:
    """The exact silver readings, by key: sensor_id, metric, measured_at, machine_id, factory_id, steps."""
    folder.mkdir(parents=True, exist_ok=True)
    places, _, _ = resolve(rows)
    accepted, machines = rows.take(places), world.machines
    sensors = [machine.sensor_id(metric) for machine in machines for metric in range(len(METRICS))]
    table = pa.table(
        {
            "sensor_id": _named(sensors, accepted.machine * len(METRICS) + accepted.metric),
            "metric": _named(list(METRICS), accepted.metric),
            "measured_at": pa.array(accepted.time_us, pa.timestamp("us", tz="UTC")),
            "machine_id": _named([machine.machine_id for machine in machines], accepted.machine),
            "factory_id": _named([machine.gateway.factory_id for machine in machines], accepted.machine),
            "steps": pa.array(accepted.steps),
        }
    )
    pyarrow.parquet.write_table(table, folder / "readings.parquet", compression="zstd")


def _named(names: list[str], codes: NDArray[np.int64]) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(codes))
