"""Input files of the small plant: readings with faults, failures; the same for the same seed."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

from edge_bundle.gateway.input.times import format_us
from tests.edge_bundle.gateway.plants import US

BEGIN_S = 1_600_000_200
Record = dict[str, Any]


def reading_records(seed: int = 1, minutes: int = 60) -> list[Record]:
    """Two machines, two metrics, a reading each 20 s; some repeat, some conflict, some are beyond limits."""
    rng = random.Random(seed)
    records = [
        {
            "measured_at": format_us((BEGIN_S + 20 * tick) * US),
            "sensor_id": f"{machine}/{metric}",
            "machine_id": machine,
            "factory_id": "f1",
            "metric": metric,
            "value": round(rng.gauss(mean, spread), 4),
            "unit": unit,
        }
        for tick in range(3 * minutes)
        for machine in ("m1", "m2")
        for metric, mean, spread, unit in (("temperature", 60.0, 25.0, "C"), ("vibration", 30.0, 20.0, "mm/s"))
    ]
    repeated = [dict(record) for record in rng.sample(records, len(records) // 20)]
    conflicting = [{**record, "value": 42.0} for record in rng.sample(records, len(records) // 20)]
    return sorted(records + repeated + conflicting, key=lambda record: str(record["measured_at"]))


def write_readings(path: Path, records: list[Record], *, bad_lines: bool = False) -> Path:
    lines = [json.dumps(record).encode() for record in records]
    if bad_lines:
        lines[10:10] = [b"garbage", b"[]", b"", json.dumps({**records[0], "unit": "bar"}).encode()]
    data = b"\n".join(lines) + b"\n"
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_failures(path: Path) -> Path:
    path.write_text("at,machine,what\n2020-09-13 12:40:00,m1,pump\n2020-09-13 12:40:00,m1,seal\n")
    return path


OF_CLOCKS = ("latency_us", "made_us")


def uplink_records(folder: Path) -> list[Record]:
    """Every record of every uplink file, with its feed."""
    found = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        feed = path.name.split("-")[0]
        found += [{"feed": feed, **json.loads(line)} for line in gzip.decompress(path.read_bytes()).splitlines()]
    return found


def settled(records: list[Record]) -> list[Record]:
    """Records by sequence, counted from 1, without what a clock measured: a state's first number is its clock's."""
    before = min((int(record["sequence"]) for record in records), default=1) - 1
    kept = [{name: value for name, value in record.items() if name not in OF_CLOCKS} for record in records]
    counted = [{**record, "sequence": int(record["sequence"]) - before} for record in kept]
    return sorted(counted, key=lambda record: int(record["sequence"]))


def sent_scores(folder: Path) -> dict[tuple[str, str], Record]:
    """Machine and time of each score below an uplink's folder -> the score."""
    scores = (record for record in uplink_records(folder) if record["feed"] == "edge_scores")
    return {(score["machine_id"], score["scored_at"]): score for score in scores}
