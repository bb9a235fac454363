"""What a gateway does wrong with single records: spoils them, sends them twice, sends two values for one key."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulator.plant import Gateway, Machine, SimulationConfig
from simulator.rows import OUTCOME_CODE, QUARANTINED, REJECTED, RUN, Rows, concat

# Fraction of records for each outcome; at least one of each, so that a tiny plant shows every fault too.
_SPOILED_FRACTION = 0.00006
_AGAIN_FRACTION, _CONFLICT_FRACTION = 0.004, 0.0004
_OTHER_UNIT_FRACTION = 0.15
SPOILABLE = {
    "jsonl": ("blank", *QUARANTINED, *REJECTED),
    "csv": ("blank", *QUARANTINED, "wrong_type", "not_finite", "time_unreadable"),
    "parquet": ("blank", *QUARANTINED, "not_finite"),
}


def faulty_rows(rows: Rows, gateway: Gateway, machines: list[Machine], config: SimulationConfig) -> Rows:
    """The rows as the gateway sends them; sorted by file and then by their place in it.

    Legal but awkward: other units, a re-sent record, files in disorder. Illegal: a outcome other than fair.
    """
    rng = config.rng("faults", gateway.gateway_id)
    rows = _mix_units(rows, machines, rng, config)
    rows = _spoil(rows, SPOILABLE[gateway.format], rng)
    rows = _unset_clock(rows, rng, config)
    rows = concat([rows, _again(rows, rng, config), _conflicts(rows, rng)])
    return _in_file_order(rows, rng)


def _mix_units(rows: Rows, machines: list[Machine], rng: np.random.Generator, config: SimulationConfig) -> Rows:
    """Some sensors send another unit, and say so, from some moment on."""
    other = np.zeros(len(rows), dtype=np.bool_)
    span = config.days * 86_400_000_000
    for place, machine in enumerate(machines):
        for metric in range(5):
            since = config.start_us + int(rng.uniform(0, 0.8) * span)
            if rng.random() < _OTHER_UNIT_FRACTION or place == 0 == metric:
                other |= (rows.machine == machine.index) & (rows.metric == metric) & (rows.time_us >= since)
    return replace(rows, other_unit=other)


def _spoil(rows: Rows, outcomes: tuple[str, ...], rng: np.random.Generator) -> Rows:
    count = max(1, round(_SPOILED_FRACTION * len(rows)))
    picked = rng.choice(len(rows), size=count * len(outcomes), replace=False)
    outcome = rows.outcome.copy()
    outcome[picked] = np.repeat([OUTCOME_CODE[name] for name in outcomes], count)
    return replace(rows, outcome=outcome)


def _unset_clock(rows: Rows, rng: np.random.Generator, config: SimulationConfig) -> Rows:
    """After a restart the gateway's clock is not set for two rounds of readings."""
    start = config.start_us + int(rng.integers(config.slots - 2)) * config.cadence_s * 1_000_000
    within = (rows.time_us >= start) & (rows.time_us < start + 2 * config.cadence_s * 1_000_000)
    return replace(
        rows, outcome=np.where(within & rows.has_outcome("fair"), OUTCOME_CODE["clock_suspect"], rows.outcome)
    )


def _picked(rows: Rows, fraction: float, rng: np.random.Generator) -> Rows:
    fair = np.flatnonzero(rows.has_outcome("fair"))
    return rows.take(np.sort(rng.choice(fair, size=max(3, round(fraction * len(rows))), replace=False)))


def _again(rows: Rows, rng: np.random.Generator, config: SimulationConfig) -> Rows:
    """Records sent again without need, half of them in the file of the next day."""
    picked = _picked(rows, _AGAIN_FRACTION, rng)
    later = picked.file_day + rng.integers(0, 2, len(picked))
    return replace(picked, file_day=np.minimum(later, config.days - 1))


def _conflicts(rows: Rows, rng: np.random.Generator) -> Rows:
    """A second value for the same sensor, metric and time: larger or smaller, some sent twice themselves."""
    picked = _picked(rows, _CONFLICT_FRACTION, rng)
    away = rng.integers(1, 40, len(picked))
    steps = np.where((rng.random(len(picked)) < 0.5) & (picked.steps >= away), picked.steps - away, picked.steps + away)
    second = replace(picked, steps=steps, sequence=_next_numbers(rows, picked))
    return concat([second, second.take(np.arange(0, len(second), 3))])


def _next_numbers(rows: Rows, picked: Rows) -> NDArray[np.int64]:
    """The numbers after the last one of the counter's run in which each row was sent."""
    run, found = picked.sequence // RUN, np.empty(len(picked), dtype=np.int64)
    for one in np.unique(run).tolist():
        last = int(rows.sequence[rows.sequence // RUN == one].max())
        found[run == one] = last + 1 + np.arange(np.count_nonzero(run == one))
    return found


def _in_file_order(rows: Rows, rng: np.random.Generator) -> Rows:
    """By file; within it by sequence, or in disorder in every fifth file."""
    place = rows.sequence.astype(np.float64)
    messy = rows.file_day % 5 == 2
    place[messy] = rng.random(int(messy.sum()))
    order: NDArray[np.int64] = np.lexsort((place, rows.file_day))
    return rows.take(order)
