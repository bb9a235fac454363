"""Which records of quarantine a person names: by fault, file, gateway, sensor, machine, metric and time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.codes import REASONS
from expectations.tables.bronze import FILES, REJECTED
from expectations.tables.silver import EVENTS_QUARANTINE, FAULTS, QUARANTINE
from lakehouse.errors import UsageError
from lakehouse.plant import Plant

EVENT_FAULTS = tuple(code for code, _ in EVENTS_QUARANTINE.faults)
"""Faults of events, master data, answers, heartbeats, certificates and all else that is no reading."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """What records have to be; what is None is not asked.

    Attributes:
        fault: A fault of `silver.readings_quarantine` or `silver.events_quarantine`, or a reason of `bronze.rejected`.
        file: Path below the landing folder, `*` and `?` for any characters, or a `_file_id`.
        sensor: Its sensor.
        machine: Its machine.
        metric: Its metric.
        since: The earliest time, included.
        until: The latest time, excluded.
        gateway: The gateway that sent it.
    """

    fault: str | None = None
    file: str | None = None
    sensor: str | None = None
    machine: str | None = None
    metric: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    gateway: str | None = None

    def check(self, own: Iterable[str] = ()) -> None:
        """Raises UsageError: no record can have that fault; `own` are those of the plant's rules."""
        of_readings = (*FAULTS, *own)
        if self.fault is not None and self.fault not in (*of_readings, *EVENT_FAULTS, *REASONS):
            raise UsageError(
                f"got --fault {self.fault!r}; legal of readings: {', '.join(of_readings)}; of other records: "
                f"{', '.join(EVENT_FAULTS)}; of records that could not be read: {', '.join(REASONS)}"
            )

    def __str__(self) -> str:
        """The choice as options say it."""
        names = ("fault", "file", "gateway", "sensor", "machine", "metric", "since", "until")
        given = {name: getattr(self, name) for name in names}
        return " ".join(f"--{name} {value}" for name, value in given.items() if value is not None) or "everything"

    @property
    def is_of_readings(self) -> bool:
        """Whether it asks what only a readable record has."""
        asked = (self.gateway, self.sensor, self.machine, self.metric, self.since, self.until)
        return any(one is not None for one in asked)


def paths_of(plant: Plant) -> dict[str, str]:
    """`_file_id` -> the path from which it was read, or where it was found first."""
    rows = plant.lake.arrow(FILES, ["path", "outcome", "_file_id", "_batch_id"]).to_pylist()
    rows.sort(key=lambda row: (row["outcome"] == "duplicate_file", row["_batch_id"]), reverse=True)
    return {row["_file_id"]: row["path"] for row in rows}


def quarantined(plant: Plant, choice: Choice, paths: Mapping[str, str]) -> list[Row]:
    """The readings of quarantine that were chosen, by file and place, each with its `path`."""
    where = _where(choice, paths)
    rows = plant.lake.arrow(QUARANTINE, where=where).to_pylist()
    if choice.fault is not None:
        rows = [row for row in rows if choice.fault in row["_faults"]]
    named = [{"replaced_by": None, **row, "path": paths.get(row["_file_id"], "")} for row in rows]
    return sorted(named, key=_place)


def other_records(plant: Plant, choice: Choice, paths: Mapping[str, str]) -> list[Row]:
    """Records of quarantine that are no readings and were chosen, by file and place, each with its `path`."""
    if any(one is not None for one in (choice.gateway, choice.sensor, choice.metric)):
        return []
    rows = plant.lake.arrow(EVENTS_QUARANTINE, where=_where(choice, paths, "stated_at")).to_pylist()
    rows = [row for row in rows if choice.fault is None or choice.fault in row["_faults"]]
    return sorted(({**row, "path": paths.get(row["_file_id"], "")} for row in rows), key=_place)


def rejected(plant: Plant, choice: Choice, paths: Mapping[str, str]) -> list[Row]:
    """The records that could not be read and were chosen, by file and place, each with its `path`."""
    if choice.is_of_readings:
        return []
    asked = Choice(file=choice.file)
    rows = plant.lake.arrow(REJECTED, where=_where(asked, paths)).to_pylist()
    rows = [row for row in rows if choice.fault in (None, row["reason"])]
    return sorted(({**row, "path": paths.get(row["_file_id"], "")} for row in rows), key=_place)


def _where(choice: Choice, paths: Mapping[str, str], time: str = "measured_at") -> Any:
    """What of it a table can look up itself; None: nothing."""
    texts = {
        "gateway_id": choice.gateway, "sensor_id": choice.sensor, "machine_id": choice.machine, "metric": choice.metric
    }  # fmt: skip
    found = [ds.field(name) == value for name, value in texts.items() if value is not None]
    if choice.since is not None:
        found.append(ds.field(time) >= _time(choice.since))
    if choice.until is not None:
        found.append(ds.field(time) < _time(choice.until))
    if choice.file is not None:
        found.append(ds.field("_file_id").isin(pa.array(_files(choice.file, paths), pa.string())))
    where = None
    for one in found:
        where = one if where is None else where & one
    return where


def _time(at: datetime) -> Any:
    return pc.scalar(pa.scalar(at, pa.timestamp("us", "UTC")))


def _files(pattern: str, paths: Mapping[str, str]) -> Sequence[str]:
    """The files of that id or path; `*` and `?` are any text and any character, brackets are brackets."""
    literal = pattern.replace("[", "[[]")
    return [file for file, path in paths.items() if pattern in (file, path) or fnmatchcase(path, literal)]


def _place(row: Row) -> tuple[str, str, int, str]:
    return row["path"], row["_file_id"], row["_line"], row["_column"] or ""
