"""What an Airflow that a person started needs once a day: old logs and runs removed, the logs of today held small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jobs.airflow_local.processes import LOGS
from lakehouse.bounded_log import bound_log

EVERY_S = 86_400.0
_STAMP = "tidied"


def tidy_when_due(home: Path, now: float) -> subprocess.Popen[bytes] | None:
    """Hold the processes' logs below their size; where a day has passed, start `jobs.airflow_local.tidy` beside us.

    Args:
        home: `AIRFLOW_HOME`.
        now: The clock, seconds since 1970.
    """
    for log in (home / LOGS).glob("*.log"):
        bound_log(log)
    stamp = home / _STAMP
    if stamp.exists() and abs(now - stamp.stat().st_mtime) < EVERY_S:
        return None
    stamp.touch()
    command = [sys.executable, "-m", "jobs.airflow_local.tidy", "--home", str(home)]
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
