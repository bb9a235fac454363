"""`python -m jobs.airflow_local.part setup|scheduler|dag-processor|api-server`: Airflow for a service manager.

`setup` makes the database or brings it up to date, and makes the pools. The others become that process of Airflow: same
process id, signals and output. Home, settings and the variable `AIRFLOW_DB` (a database other than SQLite) are those of
`make airflow`; jobs take the settings that this process has.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from jobs.airflow_local.configuration import environment
from jobs.airflow_local.database import VARIABLE, database
from jobs.airflow_local.errors import DatabaseAddressError
from jobs.airflow_local.service import PARTS
from jobs.airflow_local.startup import airflow_command
from jobs.runtime.settings import load_settings
from lakehouse.errors import SettingsError

SETUP = "setup"
DAGS = Path(__file__).resolve().parents[2] / "dags"
EXIT_USAGE = 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="python -m jobs.airflow_local.part", description=__doc__)
    root.add_argument("part", choices=[SETUP, *PARTS], help="what to be")
    root.add_argument("--port", type=int, default=8080, help="port on loopback; default %(default)s")
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Set up, or become a process of Airflow; 2 where the settings are wrong, else what Airflow answers."""
    arguments = parser().parse_args(argv)
    try:
        home = load_settings(os.environ).airflow_home
        ours = from_the_manager(os.environ)
    except (SettingsError, DatabaseAddressError) as error:
        sys.stderr.write(f"error: {error}\n")
        return EXIT_USAGE
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    given = environment(home, DAGS, arguments.port, ours)
    return _set_up(given) if arguments.part == SETUP else _become(PARTS[arguments.part], given)


def from_the_manager(variables: Mapping[str, str]) -> dict[str, str]:
    """What this process's environment says of the database and of the jobs' Python; all else of Airflow is ours.

    Raises:
        DatabaseAddressError: The address of the database cannot be read.
    """
    chosen = database(variables.get(VARIABLE, ""))
    return {**chosen.settings, "ASSAY_PYTHON": variables.get("ASSAY_PYTHON") or sys.executable}


def _become(words: Sequence[str], given: dict[str, str]) -> NoReturn:
    command = airflow_command(*words)
    os.execve(command[0], command, given)  # noqa: S606  # the words are ours, and no shell is wanted


def _set_up(given: dict[str, str]) -> int:
    for words in (("db", "migrate"), ("pools", "import", str(DAGS / "pools.json"))):
        if code := subprocess.run(airflow_command(*words), env=given, check=False).returncode:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
