"""Airflow's database is migrated where that is not certainly done: each doubt asks Airflow."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from jobs.airflow_local import migration
from tests.support.airflow_home import migrated_home

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated_home(tmp_path_factory)


def older_revision(home: Path) -> None:
    with closing(sqlite3.connect(home / migration.DATABASE)) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = 'of older Airflow'")


def another_version(home: Path) -> None:
    note = home / migration.NOTE
    note.write_text(note.read_text(encoding="ascii").replace('"airflow": "', '"airflow": "0'), encoding="ascii")


def another_place(home: Path) -> None:
    configuration = home / migration.CONFIGURATION
    text = configuration.read_text(encoding="utf-8")
    assert (f"sqlite:///{home / migration.DATABASE}") in text
    configuration.write_text(text.replace("sqlite:///", "postgresql://assay@localhost/"), encoding="utf-8")


def cut_note(home: Path) -> None:
    (home / migration.NOTE).write_text("{", encoding="ascii")


DOUBTS: dict[str, Callable[[Path], object]] = {
    "no database": lambda home: (home / migration.DATABASE).unlink(),
    "an empty database": lambda home: (home / migration.DATABASE).write_bytes(b""),
    "a database of an older revision": older_revision,
    "another version of Airflow": another_version,
    "a database in another place": another_place,
    "no configuration": lambda home: (home / migration.CONFIGURATION).unlink(),
    "no note": lambda home: (home / migration.NOTE).unlink(),
    "a note that is cut": cut_note,
}


def test_a_home_that_this_airflow_has_migrated_is_up_to_date(home: Path) -> None:
    assert migration.is_up_to_date(home, {"AIRFLOW__CORE__EXECUTOR": "LocalExecutor"})


def test_a_database_that_the_settings_name_is_always_migrated(home: Path) -> None:
    assert not migration.is_up_to_date(home, {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://localhost/x"})


@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS)
def test_where_anything_differs_airflow_is_asked(home: Path, tmp_path: Path, doubt: Callable[[Path], object]) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    configuration = copy / migration.CONFIGURATION
    configuration.write_text(configuration.read_text(encoding="utf-8").replace(str(home), str(copy)), encoding="utf-8")
    assert migration.is_up_to_date(copy, {})

    doubt(copy)

    assert not migration.is_up_to_date(copy, {})


def test_a_folder_in_which_nothing_was_started_is_not_up_to_date(tmp_path: Path) -> None:
    assert not migration.is_up_to_date(tmp_path, {})
