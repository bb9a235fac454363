"""An independent reading of a simulated landing folder: Python's own json, csv, gzip; none of the simulator's code."""

import csv
import gzip
import hashlib
import json
import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet

from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from expectations.units import UNITS, conversion

TOO_LATE = datetime(2026, 4, 1, tzinfo=UTC)
NAMES = {"TEMP": "temperature", "VIBR": "vibration", "PRES": "pressure", "RPM": "speed", "AMPS": "current"}
Key = tuple[str, str, datetime]
Payload = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """One readable record as it was sent."""

    key: Key
    machine_id: str
    factory_id: str
    value: float
    unit: str


@dataclass(slots=True)
class Found:
    """What stood in the files: number of records per class, and the payloads of each key."""

    classes: Counter[str] = field(default_factory=Counter)
    payloads: dict[Key, Counter[Payload]] = field(default_factory=lambda: defaultdict(Counter))

    def silver(self) -> dict[Key, Payload]:
        """What stands: of each key the payload with the largest steps."""
        return {key: max(found) for key, found in self.payloads.items()}

    def settle(self) -> Counter[str]:
        """All classes, conflicts and duplicates among the fair readings settled."""
        classes = Counter(self.classes)
        for found in self.payloads.values():
            classes["accepted"] += 1
            classes["duplicate"] += found[max(found)] - 1
            classes["conflicting_value"] += found.total() - found[max(found)]
        return +classes


def reread(landing: Path) -> Found:
    """Every record of the readings feed below a landing folder."""
    profile, found, seen = load_profile("simulated"), Found(), set[str]()
    models = _models(landing)
    for path in sorted((landing / "readings").rglob("*")):
        if path.is_dir():
            continue
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        for record in _records(path.parent.name, data):
            if digest in seen:
                found.classes["duplicate"] += 1
            elif isinstance(record, str):
                found.classes[record] += 1
            else:
                _judge(record, found, profile, models)
        seen.add(digest)
    return found


def reread_file(gateway_id: str, data: bytes, models: dict[str, str]) -> list[str]:
    """What becomes of each record of one file of readings, in its order; ``fair`` where nothing is wrong with it."""
    profile = load_profile("simulated")
    return [
        record if isinstance(record, str) else _fault(record, profile, models) or "fair"
        for record in _records(gateway_id, data)
    ]


def _records(gateway_id: str, data: bytes) -> Iterator[Reading | str]:
    readers: dict[str, Callable[[bytes], Iterator[Reading | str]]] = {
        "bremen-1": _json_records,
        "penang-1": _csv_records,
        "penang-2": _parquet_records,
    }
    return readers[gateway_id](data)


def _models(landing: Path) -> dict[str, str]:
    with (landing / "machines/initial.csv").open(newline="") as file:
        return {row["machine"]: row["model"] for row in csv.DictReader(file)}


def _judge(reading: Reading, found: Found, profile: Profile, models: dict[str, str]) -> None:
    _, name, measured_at = reading.key
    fault = _fault(reading, profile, models)
    if fault:
        found.classes[fault] += 1
        return
    factor, offset = conversion(reading.unit, profile.metrics[name].unit)
    steps = round((reading.value * factor + offset) / profile.metrics[name].resolution)
    assert profile.began_at <= measured_at
    found.payloads[reading.key][(steps, reading.machine_id, reading.factory_id)] += 1


def _fault(reading: Reading, profile: Profile, models: dict[str, str]) -> str | None:
    _, name, measured_at = reading.key
    if name not in profile.metrics:
        return "unknown_metric"
    if reading.unit not in UNITS:
        return "unknown_unit"
    metric = profile.metrics[name]
    if UNITS[reading.unit].quantity != UNITS[metric.unit].quantity:
        return "unit_mismatch"
    if not profile.began_at <= measured_at < TOO_LATE:
        return "clock_suspect"
    factor, offset = conversion(reading.unit, metric.unit)
    limits = metric.limits_for(reading.machine_id, models[reading.machine_id])
    assert limits.minimum is not None
    assert limits.maximum is not None
    # Conversion may miss the range's end by a rounding error; broken sensors are far beyond it.
    if not limits.minimum - 1e-6 <= reading.value * factor + offset <= limits.maximum + 1e-6:
        return "value_out_of_range"
    return None


def _json_records(data: bytes) -> Iterator[Reading | str]:
    text, is_cut = _unpacked(data)
    *lines, rest = text.split(b"\n")
    for line in lines:
        if line.strip():
            yield _json_record(line)
    if is_cut:
        yield "truncated"
    assert is_cut or not rest


def _unpacked(data: bytes) -> tuple[bytes, bool]:
    if data.startswith(b"\x1f\x8b"):
        try:
            return gzip.decompress(data), False
        except EOFError:
            return zlib.decompressobj(31).decompress(data), True
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return pa.CompressedInputStream(pa.BufferReader(data), "zstd").read(), False
    return data, False


def _json_record(line: bytes) -> Reading | str:
    repeated: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(items)) < len(items):
            repeated.append("duplicate_key")
        return dict(items)

    try:
        record = json.loads(line.decode(), object_pairs_hook=pairs)
    except UnicodeDecodeError:
        return "not_utf8"
    except json.JSONDecodeError as exc:
        return "several_objects" if exc.msg == "Extra data" else "not_json"
    if not isinstance(record, dict):
        return "not_an_object"
    return repeated[0] if repeated else _json_reading(record)


def _json_reading(record: dict[str, object]) -> Reading | str:
    value = record.get("value")
    if "machine_id" not in record:
        return "missing_field"
    if value is None:
        return "blank"
    if not isinstance(value, float):
        return "wrong_type"
    if not math.isfinite(value):
        return "not_finite"
    time = _zoned(str(record["timestamp"]))
    if isinstance(time, str):
        return time
    key = (str(record["sensor_id"]), str(record["metric_type"]), time)
    return Reading(key, str(record["machine_id"]), str(record["factory_id"]), value, str(record["unit"]))


def _zoned(text: str) -> datetime | str:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return "time_unreadable"
    return time.astimezone(UTC) if time.tzinfo else "time_without_zone"


def _csv_records(data: bytes) -> Iterator[Reading | str]:
    for row in csv.DictReader(data.decode().splitlines()):
        if row["reading"] in ("", "-"):
            yield "blank"
            continue
        try:
            value = float(row["reading"])
            time = datetime.strptime(row["local_time"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - zone next
        except ValueError as exc:
            yield "wrong_type" if "float" in str(exc) else "time_unreadable"
            continue
        measured_at = time.replace(tzinfo=ZoneInfo("Asia/Kuala_Lumpur")).astimezone(UTC)
        key = (row["sensor"], NAMES.get(row["quantity"], row["quantity"]), measured_at)
        yield Reading(key, row["machine"], "penang", value, row["uom"]) if math.isfinite(value) else "not_finite"


def _parquet_records(data: bytes) -> Iterator[Reading | str]:
    for row in pyarrow.parquet.read_table(pa.BufferReader(data)).to_pylist():
        if row["value"] is None:
            yield "blank"
        elif not math.isfinite(row["value"]):
            yield "not_finite"
        else:
            key = (row["tag"], row["metric"], datetime.fromtimestamp(row["ts_ms"] / 1000, UTC))
            yield Reading(key, row["asset"], row["site"], row["value"], row["unit"])
