"""`python -m jobs.airflow_local.tidy`: remove Airflow's old logs and the records of old runs, which grow without end.

Task logs and the DAG processor's logs are files that Airflow makes for each try and each day, and never removes; its
database holds every run. The newest run of each DAG stays whatever its age. It may run while Airflow does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jobs.airflow_local.configuration import environment
from jobs.airflow_local.database import VARIABLE
from jobs.airflow_local.errors import DatabaseAddressError
from jobs.airflow_local.part import DAGS, from_the_manager
from jobs.airflow_local.processes import LOGS
from jobs.airflow_local.startup import airflow_command
from jobs.runtime.settings import load_settings
from lakehouse.bounded_log import bound_log
from lakehouse.errors import SettingsError

LOG_DAYS, RUN_DAYS = 30, 180
EXIT_USAGE = 2
_DAY_S = 86_400.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m jobs.airflow_local.tidy", description=__doc__)
    root.add_argument("--home", type=Path, help="AIRFLOW_HOME; default: the setting airflow_home")
    root.add_argument("--log-days", type=_days, default=LOG_DAYS, help="days that logs stay; default %(default)s")
    root.add_argument("--run-days", type=_days, default=RUN_DAYS, help="days that runs stay; default %(default)s")
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Tidy up: 0 done, 2 where the settings are wrong, else what Airflow answers."""
    arguments = parser().parse_args(argv)
    try:
        home = (arguments.home or load_settings(os.environ).airflow_home).resolve()
        ours = from_the_manager(os.environ)
    except (SettingsError, DatabaseAddressError) as error:
        sys.stderr.write(f"error: {error}\n")
        return EXIT_USAGE
    removed = remove_old_logs(home, arguments.log_days * _DAY_S, time.time())
    sys.stdout.write(f"logs older than {arguments.log_days} days: {removed} files removed\n")
    if not (home / "airflow.db").exists() and not os.environ.get(VARIABLE):
        sys.stdout.write("runs: there is no database yet\n")
        return 0
    return _remove_old_runs(environment(home, DAGS, 0, ours), arguments.run_days)


def remove_old_logs(home: Path, age_s: float, now: float) -> int:
    """Remove the files below `logs` that were last written longer ago, and folders that are then empty; how many files.

    The three processes' own logs, which are written all the while, are held below a size instead.

    Args:
        home: `AIRFLOW_HOME`.
        age_s: Seconds since a file was last written.
        now: The clock, seconds since 1970.
    """
    removed = 0
    for folder, _, names in os.walk(home / LOGS, topdown=False):
        is_old = Path(folder) != home / LOGS and Path(folder).stat().st_mtime < now - age_s
        for path in (Path(folder, name) for name in names):
            with suppress(FileNotFoundError):  # Airflow replaces its links to the newest
                if path.parent == home / LOGS and path.suffix == ".log":
                    bound_log(path)
                elif path.lstat().st_mtime < now - age_s:
                    path.unlink()
                    removed += 1
        if is_old:
            with suppress(OSError):  # not empty
                Path(folder).rmdir()
    return removed


def _remove_old_runs(given: Mapping[str, str], days: int) -> int:
    before = datetime.now(UTC) - timedelta(days=days)
    words = ("db", "clean", "--clean-before-timestamp", before.isoformat(), "--skip-archive", "--yes")
    done = subprocess.run(
        airflow_command(*words, "--error-on-cleanup-failure"),
        env=dict(given),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
    else:
        sys.stdout.write(f"runs older than {days} days: removed, but the newest of each DAG\n")
    return done.returncode


def _days(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}; legal: a whole number of days, at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
