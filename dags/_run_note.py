"""A sentence in the note of a DAG run, written through Airflow's public API: a task has no other way to it."""

from __future__ import annotations

from _airflow_api import call

# Airflow refuses a longer one with 422 (`DAGRunPatchBody.note`).
LONGEST_NOTE = 1000


def write_note(dag_id: str, run_id: str, text: str) -> None:
    """Replaces the note of a run by ``text``, cut to what Airflow takes.

    Raises:
        OSError: The API cannot be reached or refuses.
        ValueError: `[api] base_url` is not set, or the answer is not JSON.
    """
    call("PATCH", ("dags", dag_id, "dagRuns", run_id), body={"note": text[:LONGEST_NOTE]})
