"""A local Airflow: three processes on loopback that start, run our DAGs and stop; no import of Airflow.

`airflow standalone` listens on all addresses and leaves its services behind when it is stopped; this does neither.
"""

from jobs.airflow_local.errors import AirflowLocalError
from jobs.airflow_local.service import LocalAirflow, stop
from jobs.airflow_local.startup import start
from jobs.airflow_local.states import RunState, TaskState

__all__ = ["AirflowLocalError", "LocalAirflow", "RunState", "TaskState", "start", "stop"]
