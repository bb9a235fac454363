"""What one would write instead: ``json.loads``, a comparison, an INSERT for each reading, a commit each 0.1 s.

``python -S -I gateway_by_hand.py OUT STATE`` reads standard input and measures as `gateway_probe` does. It finds no
duplicate, checks no unit, builds no window, scores nothing, sends nothing.
"""

import json
import os
import resource
import select
import sqlite3
import sys
import time
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.stopwatch import Stopwatch  # the path is set only now

COMMIT_S = 0.1
_TABLE = (
    "CREATE TABLE readings (sensor_id TEXT, metric TEXT, measured_us INTEGER, machine_id TEXT, value REAL, "
    "PRIMARY KEY (sensor_id, metric, measured_us)) WITHOUT ROWID"
)


def main(out: str, state: str) -> int:
    """Take every line, then say what was measured."""
    connection = sqlite3.connect(state, isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _TABLE, "BEGIN"):
        connection.execute(statement)
    os.write(1, b"ready\n")
    waits, rest, committed = Stopwatch(), b"", time.monotonic()
    while True:
        if select.select([0], [], [], COMMIT_S)[0]:
            block = os.read(0, 16_384)
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                _take(connection, json.loads(line), waits)
            if not block:
                break
        if time.monotonic() - committed >= COMMIT_S:
            connection.execute("COMMIT")
            connection.execute("BEGIN")
            committed = time.monotonic()
    connection.execute("COMMIT")
    connection.close()
    _say(out, waits)
    return 0


def _take(connection: sqlite3.Connection, record: dict[str, str], waits: Stopwatch) -> None:
    at_us = int(datetime.fromisoformat(record["measured_at"]).timestamp() * 1e6)
    if float(record["value"]) > 600.0:
        sys.stderr.write(f"{record['sensor_id']} is too high\n")
    row = (record["sensor_id"], record["metric"], at_us, record["machine_id"], record["value"])
    connection.execute("INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?, ?)", row)
    waits.add(time.time_ns() // 1000 - at_us)


def _say(out: str, waits: Stopwatch) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    counters = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    written = next(int(line.split()[1]) for line in counters if line.startswith("write_bytes"))
    found = waits.found() | {
        "written_bytes": written,
        "cpu_s": used.ru_utime + used.ru_stime,
    }
    Path(out).write_text(json.dumps(found), encoding="ascii")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
