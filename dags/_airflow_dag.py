"""A DAG of ours: Airflow's own, whose run in one process (`dag.test()`, `airflow dags test`) takes a deadline too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from airflow.sdk import DAG
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference


class LakeDag(DAG):  # type: ignore[misc] # Airflow comes without types for us
    """Airflow's DAG. Airflow reads only files that hold its name: importing this module is enough."""

    def test(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the DAG in this process, without its deadline: Airflow 3.3.2 fails at the end of such a run.

        Measured: it looks for the deadline in its database by what the DAG file says, not by the deadline's id.
        """
        deadline: Any = self.deadline
        self.deadline: Any = []
        try:
            return super().test(*args, **kwargs)
        finally:
            self.deadline = deadline


def late_after(interval: timedelta) -> DeadlineAlert:
    """The deadline of a run, counted from the moment it was queued; a run that misses it is reported as late.

    The interval goes to Airflow as seconds, a form that it reads too: 3.3.2 stores a timedelta in a form that it cannot
    read again when a task or a run is cleared, and answers with 500 (https://github.com/apache/airflow/issues/70368).
    """
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=cast("timedelta", interval.total_seconds()),
        callback=SyncCallback("_alerts.run_late"),
    )
