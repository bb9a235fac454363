"""Rules that the parsed DAGs keep."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("airflow")

from _ask_person import AskPerson
from _lake_job import SILVER, Announce, LakeCommand, Refusal, by_clock
from _run_outcome import RunOutcome
from _start_run import StartRun
from airflow.sdk.exceptions import ParamValidationError
from airflow.serialization.serialized_objects import DagSerialization
from jinja2 import Template

from expectations.plant.file import load_profile
from jobs.cli import command_parser, load_job
from jobs.models.parameters import with_changes
from jobs.models.training import MOST_ROUNDS, MOST_SEED
from ml.training.train import TrainingParams

DAGS = Path(__file__).resolve().parents[2] / "dags"
DAG_IDS = sorted(path.stem for path in DAGS.glob("[!_]*.py"))
# Undefined in runs without a date: those that an asset starts, or a person by the API.
DATED = re.compile(r"\b(ds|ds_nodash|ts|ts_nodash|logical_date|data_interval_start|data_interval_end)\b")
LEASES = ("take_engine", "release_engine")


@pytest.fixture(params=DAG_IDS)
def dag(request: pytest.FixtureRequest, dag_bag: Any) -> Any:
    return dag_bag.dags[request.param]


def jobs_of(dag: Any) -> list[Any]:
    return [task for task in dag.tasks if getattr(task, "is_job", False)]


def test_every_file_parses_to_the_dag_of_its_name(dag_bag: Any) -> None:
    assert dag_bag.import_errors == {}
    assert sorted(dag_bag.dags) == DAG_IDS


def test_a_dag_can_be_stored(dag: Any) -> None:
    assert DagSerialization.to_dict(dag)["dag"]["dag_id"] == dag.dag_id


def test_a_dag_says_how_it_runs(dag: Any) -> None:
    assert dag.catchup is False
    assert dag.max_active_runs == 1
    assert dag.dagrun_timeout is not None
    assert "assay" in dag.tags
    assert dag.default_args["owner"] == "assay"
    assert dag.description


def test_the_page_of_a_dag_is_its_runbook_and_names_each_task(dag: Any) -> None:
    assert dag.doc_md == (DAGS / "docs" / f"{dag.dag_id}.md").read_text(encoding="utf-8")
    for task in dag.tasks:
        assert f"| `{task.task_id}` |" in dag.doc_md


def test_a_task_is_one_of_ours_with_its_own_time_limit_and_owner(dag: Any) -> None:
    for task in dag.tasks:
        assert isinstance(task, LakeCommand | Announce | AskPerson | StartRun | RunOutcome)
        assert task.execution_timeout < dag.dagrun_timeout
        assert task.owner == "assay"
        assert task.retry_delay <= timedelta(minutes=1)


def test_no_template_names_a_date_that_a_dateless_run_lacks(dag: Any) -> None:
    for task in dag.tasks:
        for text in getattr(task, "command", []):
            assert not DATED.search(text), f"{task.task_id}: {text}"


def test_every_pool_is_in_the_pools_file_and_holds_one_writer(dag: Any) -> None:
    pools = json.loads((DAGS / "pools.json").read_text(encoding="utf-8"))

    assert {task.pool for task in dag.tasks} <= {*pools, "default_pool"}
    assert {task.pool for task in jobs_of(dag)} == {"lake_writer"}
    assert pools["lake_writer"]["slots"] == 1


def test_the_engine_is_leased_before_the_jobs_and_given_back_whatever_happens(dag: Any) -> None:
    take, give_back = (dag.get_task(task_id) for task_id in LEASES)
    holder = "{{ dag.dag_id }}.{{ run_id }}"

    assert take.is_setup
    assert give_back.is_teardown
    assert take.command[:4] == ["engine", "lease", "--run-id", holder]
    assert give_back.command == ["engine", "release", "--run-id", holder]
    for job in jobs_of(dag):
        assert "take_engine" in job.get_flat_relative_ids(upstream=True)
        assert "release_engine" in job.get_flat_relative_ids(upstream=False)


def test_the_lease_lasts_as_long_as_the_run_may(dag: Any) -> None:
    waits = [task.response_timeout for task in dag.tasks if isinstance(task, AskPerson)]
    hours = (dag.dagrun_timeout - 2 * sum(waits, timedelta())) / timedelta(hours=1)  # its turn, and the answer

    assert dag.get_task("take_engine").command[4:] == ["--ttl", f"{hours:.0f}h"]


def test_the_last_task_comes_after_every_other_and_its_run_waits_for_it(dag: Any) -> None:
    (leaf,) = [task for task in dag.tasks if not task.downstream_list]

    assert leaf.task_id == "outcome"
    assert not leaf.is_teardown
    assert leaf.get_flat_relative_ids(upstream=True) == {task.task_id for task in dag.tasks} - {"outcome"}


def test_a_run_is_late_before_it_is_ended_and_the_page_says_when(dag: Any) -> None:
    (deadline,) = dag.deadline if isinstance(dag.deadline, list) else [dag.deadline]
    # Seconds, not a timedelta: Airflow 3.3.2 cannot clear a run whose deadline has one.
    minutes = int(deadline.interval // 60)
    told = f"{minutes} minutes" if minutes < 60 else f"{minutes // 60} hour{'s' if minutes > 60 else ''}"

    assert deadline.interval < dag.dagrun_timeout.total_seconds()
    assert deadline.callback.path == "_alerts.run_late"
    assert f"A run is late {told} after it was queued" in dag.doc_md
    assert f"is ended after {dag.dagrun_timeout // timedelta(hours=1)} hours" in dag.doc_md


def test_only_the_model_gate_may_refuse_and_leave_the_run_green(dag_bag: Any) -> None:
    skipping = {
        (dag_id, task.task_id)
        for dag_id, dag in dag_bag.dags.items()
        for task in jobs_of(dag)
        if task.refusal is Refusal.SKIPS_REST
    }

    assert skipping == {("retrain_monthly", "promote")}


def test_what_is_a_function_of_its_input_is_not_tried_again(dag_bag: Any) -> None:
    once = {(dag_id, task.task_id) for dag_id, dag in dag_bag.dags.items() for task in dag.tasks if task.retries == 0}

    assert once == {("retrain_monthly", "train"), ("retrain_monthly", "bundle"), ("approve_model", "bundle")}


def test_gold_waits_for_the_asset_that_ingest_announces(dag_bag: Any) -> None:
    announce = dag_bag.dags["ingest_hourly"].get_task("announce_silver")

    assert announce.outlets == [SILVER]
    assert announce.upstream_task_ids == {"silver"}
    waited_for = dag_bag.dags["gold_on_silver"].timetable.asset_condition.objects
    assert list(waited_for) == [SILVER]


def test_the_form_of_a_retraining_has_its_parameters(dag_bag: Any) -> None:
    params = dag_bag.dags["retrain_monthly"].params

    assert dict(params.dump()) == {
        "horizon": "24h",
        "rounds": None,
        "seed": 20150101,
        "parameters": None,
        "reason": "monthly",
        "approved_by": None,
        "as_of": None,
    }


def test_the_form_of_a_retraining_has_the_limits_of_the_command(dag_bag: Any) -> None:
    params = dag_bag.dags["retrain_monthly"].params
    rounds, seed = (params.get_param(name) for name in ("rounds", "seed"))

    assert (rounds.schema["minimum"], rounds.schema["maximum"]) == (1, MOST_ROUNDS)
    assert (seed.schema["minimum"], seed.schema["maximum"]) == (0, MOST_SEED)
    with pytest.raises(ParamValidationError):
        seed.resolve(MOST_SEED + 1)


@pytest.mark.parametrize(("given", "word"), [(None, ""), ("Ada", "Ada")], ids=["nobody", "a person"])
def test_a_persons_yes_reaches_the_training(dag_bag: Any, given: str | None, word: str) -> None:
    dag = dag_bag.dags["retrain_monthly"]
    asked = dag.params.get_param("approved_by").resolve(given)
    params = {**dag.params.dump(), "approved_by": asked}

    (flag,) = (Template(text).render(params=params) for text in dag.get_task("train").command if "approved" in text)

    args = command_parser("train", load_job("train")).parse_args([flag])
    assert args.approved_by == word


@pytest.mark.parametrize("given", [None, 40])
def test_rounds_of_the_form_reach_the_training_and_none_are_the_plants(dag_bag: Any, given: int | None) -> None:
    dag = dag_bag.dags["retrain_monthly"]
    params = {**dag.params.dump(), "rounds": dag.params.get_param("rounds").resolve(given)}

    words = [Template(text).render(params=params) for text in dag.get_task("train").command[1:]]

    assert command_parser("train", load_job("train")).parse_args(words).rounds == given


@pytest.mark.parametrize(
    ("given", "changes"),
    [(None, []), ("failure.max_depth=4, failure.eta = 0.05", ["failure.max_depth=4", "failure.eta=0.05"])],
    ids=["none", "two"],
)
def test_parameters_of_the_form_reach_the_training(dag_bag: Any, given: str | None, changes: list[str]) -> None:
    dag = dag_bag.dags["retrain_monthly"]
    asked = dag.params.get_param("parameters").resolve(given)
    params = {**dag.params.dump(), "parameters": asked}

    words = [Template(text).render(params=params) for text in dag.get_task("train").command[1:]]

    args = command_parser("train", load_job("train")).parse_args(words)
    assert with_changes(TrainingParams(), args.set) == with_changes(TrainingParams(), changes)


def test_the_form_refuses_what_is_no_parameter(dag_bag: Any) -> None:
    parameters = dag_bag.dags["retrain_monthly"].params.get_param("parameters")

    for given in ("failure.eta", "failure.eta=fast", "$(id)", "failure.eta=0.1; x"):
        with pytest.raises(ParamValidationError):
            parameters.resolve(given)


@pytest.mark.parametrize("plant", ["azure_pdm", "simulated", "xep_factory"])
def test_the_form_takes_every_horizon_that_a_plant_has_labels_for(dag_bag: Any, plant: str) -> None:
    horizon = dag_bag.dags["retrain_monthly"].params.get_param("horizon")
    horizons = load_profile(plant).labels.horizons

    assert set(horizons) <= set(horizon.schema["examples"])
    assert [horizon.resolve(name) for name in (*horizons, "168h")] == [*horizons, "168h"]
    with pytest.raises(ParamValidationError):
        horizon.resolve("soon")


def test_the_clock_can_be_switched_off_for_a_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    assert by_clock("@daily") == "@daily"

    monkeypatch.setenv("ASSAY_DAG_CLOCK", "off")

    assert by_clock("@daily") is None
