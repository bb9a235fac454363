"""Whether Airflow's database is up to date: to ask Airflow itself takes 3.4 s of processor time at each start."""

from __future__ import annotations

import configparser
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path

DATABASE, CONFIGURATION = "airflow.db", "airflow.cfg"
NOTE = "run/migrated"
AIRFLOW = "apache-airflow-core"


def is_up_to_date(home: Path, settings: Mapping[str, str]) -> bool:
    """Whether the SQLite database of a home is as this version of Airflow has left it.

    False wherever that is not certain: another version of Airflow, a database of another revision or in another place,
    a home that no start has noted.

    Args:
        home: `AIRFLOW_HOME`.
        settings: Airflow's environment.
    """
    if any(name.startswith("AIRFLOW__DATABASE__") for name in settings) or not _is_used(home):
        return False
    with suppress(OSError, ValueError):
        return bool(json.loads((home / NOTE).read_text(encoding="ascii")) == _state(home))
    return False


def note_up_to_date(home: Path) -> None:
    """Note that Airflow has brought the database of a home up to date."""
    note = home / NOTE
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(_state(home)), encoding="ascii")


def _is_used(home: Path) -> bool:
    """Whether the configuration that Airflow has written in its home names the database in it."""
    found = configparser.ConfigParser(interpolation=None, strict=False)
    with suppress(OSError, configparser.Error, UnicodeDecodeError):
        found.read_string((home / CONFIGURATION).read_text(encoding="utf-8"))
    return found.get("database", "sql_alchemy_conn", fallback="") == f"sqlite:///{home / DATABASE}"


def _state(home: Path) -> dict[str, str | None]:
    return {"airflow": version(AIRFLOW), "revision": _revision(home / DATABASE)}


def _revision(database: Path) -> str | None:
    """The revision that Alembic has noted in the database; None where there is none."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as opened:
        row = opened.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    return None
