"""Runs and tasks as Airflow's API tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TaskState:
    """A task of a run: its state, how many tries it took, and for how many seconds the last one ran."""

    task_id: str
    state: str
    try_number: int
    duration_s: float
    started_at: str


@dataclass(frozen=True, slots=True)
class RunState:
    """A run with its tasks, in the order in which they started."""

    dag_id: str
    run_id: str
    state: str
    note: str
    tasks: tuple[TaskState, ...]

    def task(self, task_id: str) -> TaskState:
        """The task of that name."""
        return next(task for task in self.tasks if task.task_id == task_id)


def task_state(task: Mapping[str, Any]) -> TaskState:
    """A task instance of an answer."""
    return TaskState(
        task_id=str(task["task_id"]),
        state=str(task["state"]),
        try_number=int(task["try_number"]),
        duration_s=float(task["duration"] or 0.0),
        started_at=str(task["start_date"] or ""),
    )
