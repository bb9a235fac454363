"""The times of a run: what its jobs take for now, and what a person gave as parameters."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import Context, Param


def as_of(context: Context) -> str:
    """The time the run's jobs take for now, ISO 8601, the same on each try.

    In order: the run's parameter `as_of`; the newest that the assets which triggered it were announced with; the
    run's logical date; for a run without one, the time it was due.
    """
    if asked := given_time(context, "as_of"):
        return asked
    events = [event for events in (context.get("triggering_asset_events") or {}).values() for event in events]
    announced = [datetime.fromisoformat(event.extra["as_of"]) for event in events if "as_of" in event.extra]
    run = context["dag_run"]
    return _utc(max(announced) if announced else run.logical_date or run.run_after)


def given_time(context: Context, name: str) -> str | None:
    """A time that a person gave as the run's parameter, ISO 8601 in UTC; None where nobody did."""
    given = (context.get("params") or {}).get(name)
    return _utc(datetime.fromisoformat(given)) if given else None


def _utc(moment: datetime) -> str:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def as_of_param() -> Param:
    """The field of the trigger form that sets the time the jobs take for now."""
    return _time_param("As of", "The time that the jobs take for now, with its zone. Empty: the time of the run.")


def files_until_param() -> Param:
    """The field of the trigger form that leaves files out which came later."""
    return _time_param(
        "Files until", "Only files that landed up to this time are read, with its zone; the others wait. Empty: all."
    )


def _time_param(title: str, description: str) -> Param:
    return Param(None, type=["null", "string"], format="date-time", title=title, description=description)
