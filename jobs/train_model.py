"""`assay train`: a new version from what gold holds, judged and registered. The same data give the same version."""

import argparse
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from expectations.features import features_of
from jobs.models import registry
from jobs.models.folders import model_folder, write_model
from jobs.models.frames import data_versions, training_frames
from jobs.runtime.engine.session import open_session
from jobs.runtime.errors import UsageError
from jobs.runtime.log import log
from jobs.runtime.plant import Plant, load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

    from ml.comparison import Champion
    from ml.policy import Policy
    from ml.registry import ModelAlias
    from ml.train import TrainedModel, TrainingParams


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person may ask of a training. None: the default."""

    horizon: str
    rounds: int | None = None
    seed: int | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    """One training, named."""

    version: str
    versions: dict[str, int]
    policy: "Policy"
    params: "TrainingParams"
    code: str
    approved_by: str | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Horizon and the parameters that people turn."""
    parser.add_argument("--horizon", default="24h", help="what the failure model foresees: 24h, 7d or 28d")
    parser.add_argument("--rounds", type=int, help="trees of the failure model; default 500")
    parser.add_argument("--seed", type=int, help="seed of both models")
    parser.add_argument("--approved-by", metavar="NAME", help="a person's yes, for a plant with too few failures")
    parser.add_argument("--reason", default="", help="why this training was started, for the log")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Train where data, parameters or code are new.

    Raises:
        UsageError: Gold is not built, or a parameter is not legal.
    """
    plant = load_plant(settings)
    if args.reason:
        log().info("training because: %s", args.reason)
    job = _job(plant, Wish(args.horizon, args.rounds, args.seed, args.approved_by))
    if registry.version(plant, job.version) is not None:
        return _unchanged(plant, job.version)
    trained, champion = _train(plant, job)
    with open_session(settings) as spark:
        return _register(spark, plant, job, trained, champion, args.as_of)


def train(spark: "SparkSession", plant: Plant, as_of: datetime, wish: Wish) -> RunReport:
    """The same on an open session."""
    job = _job(plant, wish)
    if registry.version(plant, job.version) is not None:
        return _unchanged(plant, job.version)
    trained, champion = _train(plant, job)
    return _register(spark, plant, job, trained, champion, as_of)


def _job(plant: Plant, wish: Wish) -> _Job:
    from ml.anomaly_model import AnomalyParams
    from ml.errors import ModelError
    from ml.failure_model import FailureParams
    from ml.policy import Policy
    from ml.registry import code_digest, training_sources, version_id
    from ml.train import TrainingParams

    seed = {} if wish.seed is None else {"seed": wish.seed}
    rounds = {} if wish.rounds is None else {"rounds": wish.rounds}
    try:
        policy = Policy.of(plant.profile, horizon=wish.horizon)
    except ModelError as exc:
        raise UsageError(str(exc)) from exc
    params = TrainingParams(FailureParams(**seed, **rounds), AnomalyParams(**seed))
    versions, code = data_versions(plant), code_digest(training_sources())
    made_from = {"policy": policy, "params": params, "features": [f.name for f in features_of(plant.profile)]}
    return _Job(version_id(versions, made_from, code), versions, policy, params, code, wish.approved_by)


def _train(plant: Plant, job: _Job) -> "tuple[TrainedModel, str | None]":
    from ml.dataset import FeatureList
    from ml.errors import ModelError
    from ml.train import train as train_models

    name = registry.champion(plant)
    log().info("training version %s against %s", job.version, name or "no champion")
    try:
        trained = train_models(
            training_frames(plant), FeatureList.of(features_of(plant.profile)), job.policy, job.params,
            champion=_champion(plant, name), approved_by=job.approved_by,
        )  # fmt: skip
    except ModelError as exc:
        raise UsageError(str(exc)) from exc
    return trained, name


def _champion(plant: Plant, name: str | None) -> "Champion | None":
    from ml.artifact import load_champion, read_folder

    return None if name is None else load_champion(name, read_folder(model_folder(plant.lake, name)))


def _register(
    spark: "SparkSession", plant: Plant, job: _Job, trained: "TrainedModel", champion: str | None, as_of: datetime
) -> RunReport:
    """Folder first, then the rows that name it: a killed run leaves at most a folder that nobody names."""
    from ml.artifact import CARD_FILE, artifact_files, files_sha256
    from ml.canonical import canonical_json
    from ml.card import CardIdentity, make_card, render_card
    from ml.registry import ModelVersion, decision
    from ml.summary import summarise

    files = artifact_files(trained)
    identity = CardIdentity(plant.profile.name, job.version, job.versions, job.code)
    card = render_card(make_card(trained, identity)).encode()
    folder = write_model(plant.lake, job.version, {**files, CARD_FILE: card})
    kinds = [kind for kind, model in (("failure", trained.failure), ("anomaly", trained.anomaly)) if model is not None]
    if trained.gate is not None:
        registry.append_decision(spark, plant, decision(job.version, champion, trained.gate, as_of))
    registry.append_aliases(spark, plant, _challenger(registry.aliases(plant), job.version, as_of))
    summary = summarise(trained)
    row = ModelVersion(
        version=job.version, plant=plant.profile.name, horizon=job.policy.horizon if trained.failure else None,
        trained_at=as_of, kinds=", ".join(kinds), data_versions=canonical_json(job.versions),
        parameters=canonical_json({"policy": job.policy, "params": job.params}), code_revision=job.code,
        metrics=canonical_json(summary), artifact=folder, artifact_sha256=files_sha256(files),
    )  # fmt: skip
    registry.append_version(spark, plant, row)
    return _report(job.version, trained)


def _challenger(history: "Sequence[ModelAlias]", version: str, as_of: datetime) -> "tuple[ModelAlias, ...]":
    from ml.registry import CHALLENGER, ModelAlias, holder

    if holder(history, CHALLENGER) == version:
        return ()
    number = 1 + max((row.sequence for row in history), default=0)
    return (ModelAlias(CHALLENGER, version, number, as_of, "assay train", "newest version"),)


def _unchanged(plant: Plant, version: str) -> RunReport:
    line = f"train: version {version} stands already: data, parameters and code are the same"
    decided = registry.decision(plant, version)
    data = {"version": version, "verdict": decided.verdict if decided else None}
    return RunReport("train", changed=False, lines=(line,), data=data)


def _report(version: str, trained: "TrainedModel") -> RunReport:
    lines = [f"train: version {version}"]
    data: dict[str, Any] = {"version": version, "verdict": trained.gate.verdict.value if trained.gate else None}
    if trained.failure is None:
        lines += ["  no failure model:", *(f"    {reason}" for reason in trained.readiness.reasons)]
    else:
        outcome = trained.failure.evaluation.outcome
        lines.append(f"  failure model: {sum(outcome.caught)} of {len(outcome.caught)} tested failures caught")
    lines.append("  anomaly model: " + ("trained" if trained.anomaly else "not trained"))
    if trained.gate is not None:
        lines.append(f"  gate {trained.gate.gate}: {trained.gate.verdict.value}")
        lines += [f"    {reason}" for reason in trained.gate.reasons]
    return RunReport("train", changed=True, lines=tuple(lines), data=data)
