"""How old the newest content of each table is, against the plant's deadline."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from expectations.tables.contract import Table
from expectations.tables.gold import MODEL_ALIASES, PREDICTIONS
from jobs.runtime.makers import maker
from lakehouse.arrow_reading import newest
from lakehouse.plant import Plant


def freshness_rows(plant: Plant, as_of: datetime, tables: Iterable[Table] | None = None) -> list[dict[str, Any]]:
    """Rows of `gold.freshness`: one for each table whose contract says which time is its newest.

    A table that is not there yet counts as late; of scores that needs a champion.

    Args:
        plant: The plant and its lake.
        as_of: The clock of the check.
        tables: The tables to look at; default: all.
    """
    deadline_h = plant.profile.freshness_s / 3600
    due = [table for table in tables or plant.tables.values() if table.newest_by]
    if PREDICTIONS in due and not _had_champion(plant):
        due.remove(PREDICTIONS)
    return [_row(plant, table, as_of, deadline_h) for table in due]


def _had_champion(plant: Plant) -> bool:
    """Whether any version was ever champion: one always is from then on. Without the registry, which loads models."""
    return "champion" in plant.lake.arrow(MODEL_ALIASES, ["alias"]).column(0).to_pylist()


def news(rows: Iterable[dict[str, Any]], standing: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that say more than that time went by: another newest content or deadline, or late where it was not.

    Each is compared with the newest of the standing rows of its table that is no younger than itself.
    """
    before: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(standing, key=lambda row: row["checked_at"]):
        before.setdefault(row["table_name"], []).append(row)
    return [
        row
        for row in rows
        if _statement(row) != _statement(_last(before.get(row["table_name"], []), row["checked_at"]))
    ]


def _last(rows: list[dict[str, Any]], checked_at: datetime) -> dict[str, Any]:
    earlier = [row for row in rows if row["checked_at"] <= checked_at]
    return earlier[-1] if earlier else {}


def _statement(row: dict[str, Any]) -> tuple[Any, ...]:
    return row.get("newest_at"), row.get("is_late"), row.get("deadline_h")


def late(rows: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The sentence for each table beyond its deadline, by its name."""
    return {
        row["table_name"]: f"{row['table_name']} is {_age(row)}, at most {row['deadline_h']:g} h are allowed"
        for row in rows
        if row["is_late"]
    }


def _age(row: dict[str, Any]) -> str:
    if row["age_h"] is None:
        return f"empty (`assay {maker(row['table_name'])}` fills it)"
    return f"{row['age_h']:,.1f} h old"


def _row(plant: Plant, table: Table, as_of: datetime, deadline_h: float) -> dict[str, Any]:
    there = plant.lake.exists(table)
    newest_at = newest(plant.lake.storage_of(table), table.newest_by) if there and table.newest_by else None
    age_h = (as_of - newest_at).total_seconds() / 3600 if newest_at else None
    return {
        "checked_at": as_of,
        "table_name": table.name,
        "newest_at": newest_at,
        "age_h": age_h,
        "deadline_h": deadline_h,
        "is_late": age_h is None or age_h > deadline_h,
    }
