"""The order of the files of tests: those that take longest come first, so that no worker ends long after the others."""

from collections.abc import Sequence
from pathlib import Path

import pytest

# The longest come first; those of Airflow, which mostly wait, alternate with those that keep the processors busy.
LONGEST = (
    "tests/jobs/demo/test_run.py",
    "tests/pipeline/test_kill.py",
    "tests/jobs/airflow_local/test_run_states.py",
    "tests/field_cases/test_field_cases.py",
    "tests/jobs/airflow_local/test_kill_airflow.py",
    "tests/pipeline/test_old_lake.py",
    "tests/jobs/airflow_local/test_unpausing.py",
    "tests/dags/test_run_states.py",
    "tests/jobs/airflow_local/test_local_airflow.py",
    "tests/setup/test_unit_commands.py",
    "tests/jobs/airflow_local/test_page_commands.py",
    "tests/pipeline/test_bad_input.py",
    "tests/jobs/airflow_local/test_real_jobs.py",
    "tests/pipeline/test_read_again.py",
    "tests/jobs/airflow_local/test_postgres.py",
    "tests/pipeline/test_withdrawals.py",
    "tests/pipeline/test_azure.py",
    "tests/pipeline/test_xep.py",
    "tests/docs/test_commands_of_pages.py",
)


def longest_first(items: list[pytest.Item], root: Path, longest: Sequence[str] = LONGEST) -> None:
    """Put the tests of the longest files first, in place; all others, and those of a file, stay in their order."""
    places = {root / name: place for place, name in enumerate(longest)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
