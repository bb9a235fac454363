"""What can go wrong with the local Airflow, one class per reason under one root."""

from __future__ import annotations


class AirflowLocalError(Exception):
    """Root of every error that `jobs.airflow_local` raises on purpose."""


class PortTakenError(AirflowLocalError):
    """Another process listens on the port that was asked for."""


class DatabaseAddressError(AirflowLocalError):
    """The address of Airflow's database is not legal; the message does not repeat it."""


class AlreadyRunningError(AirflowLocalError):
    """An Airflow of this home runs already."""


class NotRunningError(AirflowLocalError):
    """No Airflow of this home runs."""


class StartError(AirflowLocalError):
    """Airflow did not become healthy; the message holds the end of the log that says why."""


class ApiError(AirflowLocalError):
    """Airflow's API refused a request or cannot be reached."""


class BusyDatabaseError(ApiError):
    """Airflow's SQLite was locked by another writer for as long as it was asked."""


class RunTimeoutError(AirflowLocalError):
    """A run did not end, or did not begin, in the time it was given."""
