"""Whether the rows of the alert store can be ours: SQLite's own check sees no flipped bit within a value."""

import json
import sqlite3
from datetime import datetime
from typing import Any

from jobs.alerts.condition import Severity

_TABLES = ("alerts", "notified", "folded", "messages", "channels", "runs")
_SEVERITIES = frozenset(Severity)
_NUMBERS = frozenset(("id", "seq", "alert", "alerts", "recovered", "level", "failures"))
_OUTCOMES = frozenset(("success", "failed", "late", "refused"))


def fault_in_rows(store: sqlite3.Connection) -> str:
    """What is wrong with the first row that cannot be ours; empty where there is none.

    Raises:
        sqlite3.Error: The store cannot be read.
    """
    for table in _TABLES:
        try:
            for row in store.execute(f"SELECT * FROM {table}"):  # noqa: S608  # a name of our own
                _check(dict(row))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            return f"a row of {table} is not ours: {error}"
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
            return f"a row of {table} is not ours: {error}"
    return ""


def _check(row: dict[str, Any]) -> None:
    for name, value in row.items():
        if name in _NUMBERS:
            is_right = isinstance(value, int) and value >= 0
        elif name.endswith(("_at", "_until")):
            is_right = value is None or datetime.fromisoformat(value).tzinfo is not None
        else:
            is_right = isinstance(value, str) or (value is None and name == "acknowledged_by")
        if name in ("severity", "worst"):
            is_right = value in _SEVERITIES
        elif name in ("key", "name", "channel"):
            is_right = bool(value)
        elif name == "outcome":
            is_right = value in _OUTCOMES
        elif name == "body":
            is_right = _is_message(value)
        if not is_right:
            raise ValueError(f"{name} = {value!r}")


def _is_message(body: str) -> bool:
    message = json.loads(body)
    texts = (message["title"], message["text"], message["kind"])
    return (
        all(isinstance(text, str) for text in texts)
        and datetime.fromisoformat(message["created_at"]).tzinfo is not None
    )
