"""`assay train`: versions that follow from their inputs, and one consistent state whatever was killed."""

import argparse
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from expectations.plant.plant_profile import Costs
from expectations.tables.gold import GATE_DECISIONS, MODEL_ALIASES, MODEL_VERSIONS
from jobs.cli import command_parser, load_job
from jobs.models import registry
from jobs.models.frames import data_versions, training_frames
from jobs.models.training import train_and_evaluate, training_job
from jobs.models.wish import Wish
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.engine.server import EngineAddress
from lakehouse.errors import UsageError
from lakehouse.sql import ask
from ml.training.artifact import artifact_files
from tests.support.commands import assay, snapshot
from tests.support.model_lake import ROUNDS, clone, model_folder, model_lake, model_settings
from tests.support.registry_rows import crown

pytestmark = pytest.mark.spark
ROOT = Path(__file__).resolve().parents[3]
REGISTRY = (MODEL_VERSIONS, GATE_DECISIONS, MODEL_ALIASES)


def rows_of(settings: Settings) -> dict[str, int]:
    lake = load_plant(settings).lake
    return {table.subject: lake.arrow(table).num_rows for table in REGISTRY}


def files_of(settings: Settings, version: str) -> dict[str, bytes]:
    folder = model_folder(load_plant(settings).lake, version)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_first_training_registers_one_version_its_judgement_and_its_name(champion: Settings) -> None:
    plant = load_plant(champion)
    version = registry.champion(plant)
    assert version is not None
    row = registry.version(plant, version)
    made = registry.decision(plant, version, None)

    assert rows_of(champion) == {"model_versions": 1, "gate_decisions": 1, "model_aliases": 2}
    assert row is not None
    assert (row.kinds, row.horizon, row.artifact) == ("failure, anomaly", "24h", f"models/{version}")
    assert set(json.loads(row.data_versions)) == {
        "gold.machine_features",
        "gold.failure_labels",
        "silver.machine_events",
    }
    assert made is not None
    assert made.is_provisional


def test_sql_can_ask_how_often_the_interval_of_the_expected_time_held(champion: Settings) -> None:
    told = "metrics->'$.failure.outlook'"
    query = f"SELECT ({told}->>'failures')::INT AS n, {told}->>'inside' AS inside, {told}->>'why_unknown' AS why FROM "

    with ask(champion.lake, query + "gold.model_versions") as answer:
        (row,) = answer.read_all().to_pylist()

    assert (row["inside"] is None) == (row["n"] < 5) == bool(row["why"])


def test_sql_can_ask_what_the_data_can_carry(champion: Settings) -> None:
    table = "metrics->'$.readiness.table'"
    query = f"SELECT {table}->0->>'name' AS name, {table}->0->>'verdict' AS verdict FROM gold.model_versions"

    with ask(champion.lake, query) as answer:
        rows = answer.read_all().to_pylist()

    assert rows == [{"name": "failures_to_learn_from_and_test_on", "verdict": "PASS"}]


def test_the_same_tables_give_the_same_version_and_nothing_is_written(champion: Settings) -> None:
    before = snapshot(champion.lake)

    again = assay(champion, "train", *ROUNDS, as_of="2026-05-01T00:00:00Z")

    assert (again.changed, again.data["version"]) == (False, registry.champion(load_plant(champion)))
    assert snapshot(champion.lake) == before


def test_another_lake_with_the_same_rows_gets_the_same_version_and_the_same_bytes(
    champion: Settings, engine: EngineAddress, tmp_path: Path
) -> None:
    other = model_settings(tmp_path, engine.remote)
    model_lake(other)

    version = assay(other, "train", *ROUNDS, as_of="2026-05-01T00:00:00Z").data["version"]

    assert version == registry.champion(load_plant(champion))
    assert files_of(other, version) == files_of(champion, version)


@pytest.mark.parametrize(
    "wish", [Wish("24h", 12, seed=7), Wish("24h", 13), Wish("7d", 12)], ids=["seed", "rounds", "horizon"]
)
def test_another_parameter_is_another_version(champion: Settings, wish: Wish) -> None:
    plant = load_plant(champion)

    assert training_job(plant, wish).version != training_job(plant, Wish("24h", 12)).version


def test_compaction_of_gold_does_not_change_the_version(
    champion: Settings, spark: SparkSession, tmp_path: Path
) -> None:
    settings = clone(champion, tmp_path)
    plant = load_plant(settings)
    features = plant.tables["gold.machine_features"]
    before = plant.lake.version(features)
    rewritten = spark.read.format("delta").load(plant.lake.path(features)).coalesce(1)
    rewritten.write.format("delta").mode("overwrite").option("dataChange", "false").save(plant.lake.path(features))

    again = assay(settings, "train", *ROUNDS)

    assert plant.lake.version(features) != before
    assert (again.changed, again.data["version"]) == (False, registry.champion(plant))


def test_a_challenger_is_judged_on_the_failures_that_both_have_not_seen(
    challenger: tuple[Settings, RunReport],
) -> None:
    settings, second = challenger
    first = registry.champion(load_plant(settings))

    assert second.data["version"] != first
    assert second.data["verdict"] == "INSUFFICIENT_DATA"
    assert any("failures since the champion was trained" in reason for reason in second.data["reasons"])
    made = registry.decision(load_plant(settings), second.data["version"], first)
    assert made is not None
    assert not made.is_promoted


def test_a_persons_yes_is_a_second_decision_on_the_same_version(challenged: tuple[Settings, str, str]) -> None:
    settings, first, version = challenged

    asked = assay(settings, "train", *ROUNDS, "--seed", "7", "--approved-by", "Ada", as_of="2026-04-02T00:00:00Z")

    made = registry.decision(load_plant(settings), version, first)
    assert asked.data["version"] == version
    assert made is not None
    assert json.loads(made.report)["gate"] == "small plant"
    assert json.loads(made.report)["approved_by"] == "Ada"
    assert rows_of(settings)["gate_decisions"] == 3


def test_an_empty_name_leaves_the_decision_to_the_failures(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    first = registry.champion(load_plant(settings))

    version = assay(settings, "train", *ROUNDS, "--seed", "7", "--approved-by", " ").data["version"]

    made = registry.decision(load_plant(settings), version, first)
    assert made is not None
    assert (json.loads(made.report)["gate"], json.loads(made.report)["approved_by"]) == ("challenger", None)


def test_the_reason_is_kept_with_the_decision_and_with_the_name(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    version = assay(settings, "train", *ROUNDS, "--seed", "7", "--reason", "a new sensor").data["version"]
    words = ("--seed", "7", "--approved-by", "Ada", "--reason", "it caught both")
    assay(settings, "train", *ROUNDS, *words, as_of="2026-04-02T00:00:00Z")

    lake = load_plant(settings).lake
    judged = [row for row in lake.arrow(GATE_DECISIONS).to_pylist() if row["version"] == version]
    assert [row["reason"] for row in sorted(judged, key=lambda row: row["decided_at"])] == [
        "a new sensor",
        "it caught both",
    ]
    named = [row["reason"] for row in lake.arrow(MODEL_ALIASES).to_pylist() if row["version"] == version]
    assert named == ["a new sensor"]


def test_a_registry_from_before_reasons_is_read_and_continued(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    plant = load_plant(settings)
    old = plant.lake.arrow(GATE_DECISIONS).drop_columns(["reason"])
    write_deltalake(plant.lake.path(GATE_DECISIONS), old, mode="overwrite", schema_mode="overwrite")

    assay(settings, "train", *ROUNDS, "--seed", "7", "--reason", "a new sensor")

    reasons = [row["reason"] for row in plant.lake.arrow(GATE_DECISIONS).to_pylist()]
    assert sorted(reasons, key=str) == [None, "a new sensor"]


@pytest.mark.parametrize("horizon", ["7d", "28d"])
def test_every_horizon_of_the_profile_is_trained_and_judged(champion: Settings, tmp_path: Path, horizon: str) -> None:
    settings = clone(champion, tmp_path)

    report = assay(settings, "train", *ROUNDS, "--horizon", horizon)

    row = registry.version(load_plant(settings), report.data["version"])
    assert row is not None
    assert json.loads(row.parameters)["policy"]["horizon"] == horizon
    assert row.horizon == (horizon if "failure" in row.kinds else None)
    assert ("failure" in row.kinds) == (horizon == "7d"), report.data["readiness"]
    table = {each["figure"]: each for each in report.data["readiness_table"]}
    assert (table["months"]["verdict"] == "PASS") == (horizon == "7d")
    failures = table["failures_to_learn_from_and_test_on"]["found"]
    assert any(f"failures to learn from and test on: {failures:g}, needed 15" in line for line in report.lines)
    assert "No failure is on record" not in report.data["readiness"][0]


def test_the_same_yes_twice_writes_nothing(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    words = ("train", *ROUNDS, "--seed", "7", "--approved-by", "Ada")
    assay(settings, *words)
    before = snapshot(settings.lake)

    again = assay(settings, *words, as_of="2026-05-01T00:00:00Z")

    assert not again.changed
    assert snapshot(settings.lake) == before


def test_a_version_that_stands_is_judged_anew_against_a_new_champion(challenged: tuple[Settings, str, str]) -> None:
    settings, first, second = challenged
    plant = load_plant(settings)
    crown(settings, second)

    again = assay(settings, "train", *ROUNDS)

    made = registry.decision(plant, first, second)
    assert again.changed
    assert made is not None
    assert made.champion == second
    assert rows_of(settings)["model_versions"] == 2


def test_a_lake_without_gold_is_told_what_to_run(engine: EngineAddress, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing has been ingested; .*; run `assay gold` after that"):
        assay(model_settings(tmp_path, engine.remote), "train")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rounds", "0"), "legal: 1 to 10000"),
        (("--seed", "-1"), "legal: 0 to 2147483647"),
        (("--horizon", "3d"), "has no labels within '3d'"),
    ],
    ids=["rounds", "seed", "horizon"],
)
def test_a_parameter_that_is_not_legal_is_told(champion: Settings, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        assay(champion, "train", *words)


def test_a_damaged_champion_is_told_in_one_sentence(champion: Settings, tmp_path: Path) -> None:
    settings = clone(champion, tmp_path)
    plant = load_plant(settings)
    (model_folder(plant.lake, str(registry.champion(plant))) / "thresholds.json").unlink()

    with pytest.raises(UsageError, match="is not what was registered as version"):
        assay(settings, "train", *ROUNDS, "--seed", "7")


def test_a_plant_without_failures_gets_an_anomaly_model_and_the_reason(engine: EngineAddress, tmp_path: Path) -> None:
    settings = model_settings(tmp_path, engine.remote)
    model_lake(settings, failing=False)

    report = assay(settings, "train", *ROUNDS)

    row = registry.version(load_plant(settings), report.data["version"])
    assert row is not None
    assert (row.kinds, row.horizon) == ("anomaly", None)
    assert report.data["verdict"] == "PASS"
    assert report.data["readiness"][0].startswith("No failure is on record")
    assert any("no failure model" in line for line in report.lines)


KILLED = """
import os, signal, sys
from jobs.models import registry
from jobs.models import train as train_model
appends, last = 0, int(sys.argv[1])
whole = registry._append

def stop():
    os.kill(os.getpid(), signal.SIGKILL)

def counted(*given):
    global appends
    if appends == last:
        stop()
    whole(*given)
    appends += 1

registry._append = counted
if last < 0:
    train_model._write = lambda *given, write=train_model._write: (write(*given), stop())
from jobs.cli import main
sys.exit(main(sys.argv[2:]))
"""
WORDS = ("train", *ROUNDS, "--as-of", "2026-04-01T00:00:00Z")


@pytest.mark.slow
@pytest.mark.parametrize("appends", [-1, 0, 1, 2], ids=["folder", "before version", "before decision", "before alias"])
def test_killed_between_two_writes_and_run_again_is_one_consistent_state(
    engine: EngineAddress, champion: Settings, tmp_path: Path, appends: int
) -> None:
    settings = model_settings(tmp_path, engine.remote)
    model_lake(settings)
    names = ("lake", "landing", "keys", "state", "plant", "engine")
    environment = {f"ASSAY_{name.upper()}": str(getattr(settings, name)) for name in names}

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(appends), *WORDS], cwd=ROOT, env={**os.environ, **environment}, check=False
    )
    named_early = registry.aliases(load_plant(settings))
    version = assay(settings, "train", *ROUNDS).data["version"]
    before = snapshot(settings.lake)
    again = assay(settings, "train", *ROUNDS)

    assert killed.returncode == -signal.SIGKILL
    assert named_early == []
    assert rows_of(settings) == {"model_versions": 1, "gate_decisions": 1, "model_aliases": 1}
    assert version == registry.champion(load_plant(champion))
    assert files_of(settings, version) == files_of(champion, version)
    assert (again.changed, snapshot(settings.lake)) == (False, before)
    assert [path.name for path in (settings.lake / "models").iterdir()] == [version]


def test_models_do_not_depend_on_who_is_champion(champion: Settings) -> None:
    plant = load_plant(champion)
    job = training_job(plant, Wish("24h", 12))
    alone = train_and_evaluate(plant, replace(job, champion=None))

    assert artifact_files(train_and_evaluate(plant, job)) == artifact_files(alone)


def test_machine_models_are_read_where_prices_follow_them(champion: Settings) -> None:
    plant = load_plant(champion)
    costs = replace(plant.profile.costs, overrides=(("model1", Costs(90_000.0)),))
    priced = replace(plant, profile=replace(plant.profile, costs=costs))

    frames = training_frames(priced)

    assert frames.models == {f"machine-{number}": "model1" for number in range(8)}
    assert training_frames(plant).models == {}
    assert set(data_versions(priced)) - set(data_versions(plant)) == {"silver.machines"}


def test_the_command_line_takes_what_the_monthly_run_gives() -> None:
    words = ["--horizon=24h", "--rounds=500", "--seed=20150101", "--reason=monthly", "--approved-by="]

    args = command_parser("train", load_job("train")).parse_args(words)

    assert args == argparse.Namespace(**{**vars(args), "horizon": ["24h"], "rounds": 500, "seed": 20150101})
