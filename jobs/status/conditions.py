"""What is wrong now, for the alerts: the same facts as `assay status`, as conditions."""

from collections.abc import Sequence
from datetime import datetime

from jobs.alerts.condition import Condition
from jobs.runtime.settings import Settings
from jobs.status.facts import Facts
from jobs.status.item import Item

SOURCE = "status"
_REPORTED = ("dag_failed", "job_failed", "gate_refused")
_OF_FILES = ("landing_missing", "files_unmatched", "files_waiting", "mapping_refused")


def conditions(settings: Settings, now: datetime) -> Sequence[Condition]:
    """What needs a person now. It never fails: what cannot be looked at is a condition itself.

    Args:
        settings: The settings in force.
        now: The clock, with a zone.
    """
    from jobs.status.collect import collect

    return conditions_of(collect(settings, now))


def conditions_of(facts: Facts) -> tuple[Condition, ...]:
    """The conditions of facts; pure.

    Bad ends of runs are left out: `jobs.alerts` reports those of DAGs by Airflow's callbacks, with the run and its
    recovery, and those of jobs by the run journal. Before the first run of a job nobody waits for files.
    """
    from jobs.status.said.everything import items

    wrong = [item for item in items(facts) if item.key and item.severity is not None]
    has_run = facts.tables is None or facts.tables.is_there
    left_out = _REPORTED if has_run else (*_REPORTED, *_OF_FILES)
    return tuple(_condition(item) for item in wrong if item.key.partition("/")[0] not in left_out)


def _condition(item: Item) -> Condition:
    assert item.severity is not None
    return Condition(item.key, item.severity, item.key.partition("/")[0], item.text, item.step, SOURCE)
