"""How a command of `assay` is started: which interpreter, in which folder, with which environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
# Airflow's own affairs: a job needs none of them, and its secrets are not for jobs.
_NOT_FOR_JOBS = ("AIRFLOW", "_AIRFLOW", "__AIRFLOW", "ASSAY_PYTHON", "ASSAY_AIRFLOW_TOKEN", "ASSAY_DAG_CLOCK")


def command_line(words: Sequence[str]) -> list[str]:
    """The words of a process that runs `assay <words>` in the project's interpreter."""
    return [os.environ.get("ASSAY_PYTHON") or sys.executable, "-m", "jobs.cli", *words]


def job_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command: the task's own without what is Airflow's alone."""
    others = {name: value for name, value in environment.items() if not name.startswith(_NOT_FOR_JOBS)}
    return others | {"PYTHONUNBUFFERED": "1"}
