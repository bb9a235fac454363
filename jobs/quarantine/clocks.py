"""By how much the clocks of gateways were off whose records were set aside for their time."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from shlex import quote
from typing import Any

import numpy as np
import pyarrow.dataset as ds

from jobs.quarantine.chosen import Choice, Row, paths_of, quarantined
from jobs.runtime.report import RunReport
from lakehouse.plant import Plant
from silver.clock_offsets import Numbered, Stretch, stretches

FAULT = "clock_suspect"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def clocks(plant: Plant, choice: Choice) -> RunReport:
    """A line for each stretch of numbered records with a wrong clock, and the command that repairs it."""
    rows = [row for row in quarantined(plant, choice, paths_of(plant)) if FAULT in row["_faults"]]
    waiting = [row for row in rows if row["replaced_by"] is None]
    named = [row for row in waiting if row["gateway_id"] is not None and row["sequence"] is not None]
    found = list(_found(plant, named))
    lines = [line for gateway, stretch in found for line in _lines(gateway, stretch)]
    if unnamed := len(waiting) - len(named):
        lines.append(f"{unnamed:,} records without gateway or number: nothing says when they were made")
    data = [{"gateway_id": gateway, **asdict(one), "shift_s": one.shift_s} for gateway, one in found]
    lines = lines or [f"quarantine: no record waits with {FAULT} of {choice}"]
    return RunReport("quarantine", changed=False, lines=tuple(lines), data={"stretches": data})


def _found(plant: Plant, rows: Sequence[Row]) -> Iterator[tuple[str, Stretch]]:
    for gateway in sorted({row["gateway_id"] for row in rows}):
        own = [row for row in rows if row["gateway_id"] == gateway]
        wrong = {(row["sequence"], _micros(row["measured_at"])) for row in own}
        for stretch in stretches(_numbered(sorted(wrong)), _right(plant, gateway)):
            yield gateway, stretch


def _right(plant: Plant, gateway: str) -> Numbered:
    """All records of a gateway that were not set aside for their time."""
    is_own = (ds.field("gateway_id") == gateway) & ds.field("sequence").is_valid()
    rows = plant.lake.arrow(plant.tables["bronze.readings"], ["sequence", "measured_at"], is_own)
    sent = Numbered(rows.column("sequence").to_numpy(), rows.column("measured_at").cast("int64").to_numpy())
    aside = [row for row in quarantined(plant, Choice(fault=FAULT, gateway=gateway), {}) if row["sequence"] is not None]
    suspect = _numbered([(row["sequence"], _micros(row["measured_at"])) for row in aside])
    is_right = ~np.isin(_pairs(sent), _pairs(suspect))
    return Numbered(sent.sequence[is_right], sent.at_us[is_right])


def _pairs(records: Numbered) -> "np.recarray[Any, Any]":
    return np.rec.fromarrays([records.sequence, records.at_us])


def _numbered(pairs: Sequence[tuple[int, int]]) -> Numbered:
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return Numbered(both[:, 0], both[:, 1])


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _lines(gateway: str, one: Stretch) -> Iterator[str]:
    numbers = f"number {one.first}" if one.first == one.last else f"numbers {one.first} to {one.last}"
    times = f"{_text(one.from_us)} to {_text(one.until_us)}"
    yield f"{gateway}, {numbers} ({one.records:,} records, sent as {times}): {_verdict(one)}"
    if one.shift_s is not None:
        yield (
            f"  assay quarantine replay --fault {FAULT} --gateway {quote(gateway)} --since {_text(one.from_us)} "
            f"--until {_text(one.until_us + 1)} --shift {_number(one.shift_s)}"
        )


def _verdict(one: Stretch) -> str:
    width, least, most, step = one.width_s, one.least_s, one.most_s, one.step_s
    if least is None or most is None or width is None:
        bound = "" if most is None else f", at most {_number(most)} s behind"
        bound = bound if least is None else f"{bound}, at least {_number(least)} s behind"
        side = "before or after" if least is None and most is None else "before" if least is None else "after"
        return f"no record with a right time is {side} it{bound}"
    if width < 0:
        return "the numbers began again, or the clock moved, in between: their order does not say the shift"
    if one.shift_s is not None:
        return f"--shift {_number(one.shift_s)} is right to within {_number(width / 2)} s"
    bounds = f"{_number(least)} to {_number(most)} s behind: the gateway was silent for a part of that"
    if step is None:
        return bounds
    return (
        f"{bounds}; --shift {_number(most - step)} where it ran on until its clock was put right, "
        f"--shift {_number(least + step)} where its clock went wrong while it ran"
    )


def _text(at_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=at_us)).isoformat().replace("+00:00", "Z")


def _number(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
