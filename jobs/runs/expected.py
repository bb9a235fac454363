"""How often each job and DAG ends well at least: `ingest_hourly=2h, monitor_daily=26h`."""

from datetime import timedelta

from expectations.durations import seconds

NONE = "none"
# Source: the schedules of our DAGs, and one run that is missed (hourly) or long (daily, monthly).
DEFAULT = "ingest_hourly=2h, monitor_daily=26h, upkeep_daily=26h, retrain_monthly=32d"


def expected_runs(text: str) -> dict[str, timedelta]:
    """Name of a job or DAG -> longest time from one good end to the next.

    Raises:
        ValueError: Not pairs of a name and a duration.
    """
    if text.strip() == NONE:
        return {}
    return dict(_pair(part) for part in text.split(","))


def _pair(text: str) -> tuple[str, timedelta]:
    name, is_pair, duration = (part.strip() for part in text.partition("="))
    if not is_pair or not name or any(letter.isspace() for letter in name):
        raise ValueError(f"got {text.strip()!r}")
    return name, timedelta(seconds=seconds(duration))
