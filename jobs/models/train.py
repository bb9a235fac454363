"""A new version from what gold holds, checked by the gate and registered. The same data give the same version."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from jobs.diagnosis.emptiness import why_empty
from jobs.edge.sealable import check_sealable
from jobs.models import registry
from jobs.models.frames import NEEDED
from jobs.models.making import made_again, write_version
from jobs.models.parameters import ASKED
from jobs.models.training import TrainingJob, train_and_evaluate, training_job
from jobs.models.wish import Wish
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.silver.key_form import check_key_form
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from ml.candidates.anomaly_model import AnomalyModel
from ml.candidates.failure_result import FailureResult
from ml.canonical import canonical_json
from ml.evaluation.booster_choice import Tried
from ml.evaluation.horizon_figures import HorizonFigures
from ml.gates.failure_gate import Check
from ml.gates.registry import CHALLENGER, GateDecision, ModelAlias, ModelVersion, decision, holder
from ml.models.booster_alternatives import MOST_ALTERNATIVES, in_words
from ml.training.summary import summarise
from ml.training.train import TrainedModel


def train_new(settings: Settings, wish: Wish, as_of: datetime) -> RunReport:
    """Train where what it is made from is new; run the gate again where the champion is, or where a person says yes.

    Raises:
        UsageError: Gold is not built, no bundle could hold a model of the plant, a parameter is not legal, or a model
            folder is damaged.
    """
    plant = open_plant(settings)
    check_sealable(plant)
    check_rows(plant, settings)
    job = training_job(plant, wish)
    if job.search_minutes is not None:
        return _search(plant, job, as_of)
    restored = made_again(plant, job)
    if _is_done(plant, job) and not restored and not _challenger(plant, job, as_of):
        return _unchanged(plant, job)
    return _train(plant, job, as_of, restored=restored)


def train(plant: Plant, settings: Settings, wish: Wish, as_of: datetime) -> RunReport:
    """The same of a plant that is loaded, whether or not it has been done. Raises: as `train_new`."""
    check_sealable(plant)
    check_rows(plant, settings)
    job = training_job(plant, wish)
    if job.search_minutes is not None:
        return _search(plant, job, as_of)
    return _train(plant, job, as_of, restored=made_again(plant, job))


def check_rows(plant: Plant, settings: Settings) -> None:
    """Refuse a lake without features or labels, and say at which step it lacks what they are made from.

    Raises:
        UsageError: One of them has never had a row, or they are of older code and have to be rebuilt first.
    """
    check_key_form(plant)
    missing = [name for name in NEEDED if plant.lake.content_version(plant.tables[name]) is None]
    if missing:
        why = why_empty(settings, plant, missing[0])
        step = "" if "run `assay gold`" in why else "; run `assay gold` after that"
        raise UsageError(f"{', '.join(missing)}: no rows yet; {why}{step}")


def _train(plant: Plant, job: TrainingJob, as_of: datetime, *, restored: bool) -> RunReport:
    trained = None if _is_done(plant, job) else train_and_evaluate(plant, job)
    return _register(plant, job, trained, as_of, restored=restored)


def _search(plant: Plant, job: TrainingJob, as_of: datetime) -> RunReport:
    """Try alternatives for a while, and register what a training of those that were tried is. Nothing before that."""
    trained = train_and_evaluate(plant, job)
    tried = trained.params.failure.alternatives
    found = job.of_tried(tried)
    restored = made_again(plant, found)
    report = _register(plant, found, None if _is_done(plant, found) else trained, as_of, restored=restored)
    summed_up = (
        f"train: {tried} of {MOST_ALTERNATIVES} alternatives were tried within {job.search_minutes:g} minutes; "
        f"--set {ASKED}={tried} trains the same again"
    )
    return replace(report, lines=(*report.lines, summed_up), data={**report.data, "alternatives": tried})


def _is_done(plant: Plant, job: TrainingJob) -> bool:
    """Whether the version is registered, and evaluated as it is asked to be."""
    row = registry.version(plant, job.version)
    if row is None:
        return False
    if not row.kinds or job.version == job.champion:
        return True
    made = registry.decision(plant, job.version, job.champion)
    return made is not None and (made.is_promoted or not job.approved_by)


def _register(
    plant: Plant, job: TrainingJob, trained: TrainedModel | None, as_of: datetime, *, restored: bool
) -> RunReport:
    """Folder, version, decision, and last the alias: whoever is named challenger is registered and evaluated.

    Each step finds what a killed run has written and leaves it.
    """
    written = [restored]
    if trained is not None:
        written.append(registry.append_version(plant, _write(plant, job, trained, as_of)))
        if trained.gate is not None:
            made = decision(job.version, job.champion, trained.gate, as_of, job.reason)
            written.append(registry.append_decision(plant, made))
    written.append(registry.append_aliases(plant, _challenger(plant, job, as_of)))
    if trained is None:
        return _unchanged(plant, job, changed=any(written), restored=restored)
    return _report(job.version, trained, changed=any(written))


def _write(plant: Plant, job: TrainingJob, trained: TrainedModel, as_of: datetime) -> ModelVersion:
    """The model folder, and the row that names it."""
    artifact, digest = write_version(plant, job, trained)
    return ModelVersion(
        version=job.version, plant=plant.profile.name, horizon=job.policy.horizon if trained.failure else None,
        trained_at=as_of, kinds=", ".join(trained.kinds), data_versions=canonical_json(job.versions),
        parameters=canonical_json({"policy": job.policy, "params": trained.params, "libraries": trained.libraries,
                                   "beside": [each.horizon for each in job.beside]}),
        code_revision=job.code,
        metrics=canonical_json({**asdict(summarise(trained)), "readiness": trained.readiness}),
        artifact=artifact,
        artifact_sha256=digest,
    )  # fmt: skip


def _challenger(plant: Plant, job: TrainingJob, as_of: datetime) -> list[ModelAlias]:
    """The alias row to append: the version trained last is the challenger, also where it was known before."""
    history = registry.aliases(plant)
    if holder(history, CHALLENGER) == job.version:
        return []
    number = 1 + max((row.sequence for row in history), default=0)
    return [ModelAlias(CHALLENGER, job.version, number, as_of, "assay train", job.reason or "trained last")]


def _unchanged(plant: Plant, job: TrainingJob, *, changed: bool = False, restored: bool = False) -> RunReport:
    made = registry.decision(plant, job.version, job.champion)
    lines = [f"train: version {job.version} exists already: data, parameters, code and libraries are the same"]
    if restored:
        lines.append("train: its folder was gone and was made again, as it was registered")
    return RunReport("train", changed=changed, lines=tuple(lines), data=_data(job.version, made))


def _data(version: str, made: GateDecision | None) -> dict[str, Any]:
    verdict = made.verdict if made else None
    return {"version": version, "verdict": verdict, "reasons": registry.reasons(made) if made else []}


def _report(version: str, trained: TrainedModel, *, changed: bool) -> RunReport:
    gate, readiness = trained.gate, trained.readiness
    lines = [f"train: version {version}", "  what the data can carry:"]
    lines += [f"    {each.verdict.value:<17} {each.text}" for each in readiness.table]
    if trained.failure is None:
        lines += ["  no failure model:", *(f"    {reason}" for reason in readiness.reasons)]
    else:
        outcome = trained.failure.evaluation.outcome
        lines.append(f"  failure model: {sum(outcome.caught)} of {len(outcome.caught)} tested failures caught")
        lines += [f"    {text}" for text in _tried(trained.failure)]
        lines += [f"  {text}" for text in _beside(trained)]
    lines.append(f"  anomaly model: {_anomaly(trained.anomaly)}")
    lines += [f"    second stage: {words}" for words in (trained.anomaly.second_words if trained.anomaly else ())]
    if gate is not None:
        lines.append(f"  gate {gate.gate}: {gate.verdict.value}")
        lines += [f"    {reason}" for reason in gate.reasons]
    data = {
        "version": version,
        "verdict": gate.verdict.value if gate else None,
        "reasons": list(gate.reasons if gate else readiness.reasons),
        "readiness": list(readiness.reasons),
        "readiness_table": [_figure(each) for each in readiness.table],
    }
    return RunReport("train", changed=changed, lines=tuple(lines), data=data)


def _tried(failure: FailureResult) -> list[str]:
    """What each option cost on the rows that choose, the chosen one marked; nothing where there was one alone."""
    return [
        f"{'->' if one.params == failure.params else '  '} {in_words(one.params)}: {_cost(one)}"
        for one in failure.tried
    ]


def _cost(one: Tried) -> str:
    if one.cost is None:
        return "too few failures to price its alarms"
    return (
        f"{one.cost:,.0f} on cross-fitted rows, {one.caught} of {one.caught + one.missed} failures announced, "
        f"{one.false_alarms} false alarms"
    )


def _beside(trained: TrainedModel) -> list[str]:
    """What the models of further horizons did, or why there is none."""
    figures = {one.horizon: one for one in trained.horizons}
    return [
        f"failure model of {horizon}, which raises no alarm: {_figures(figures[horizon])}"
        if horizon in figures
        else f"no failure model of {horizon}: {reason}"
        for horizon, reason in trained.beside
    ]


def _figures(one: HorizonFigures) -> str:
    return (
        f"{one.tested_failures} tested failures, rows before them ranked right in {_part(one.ranked_right)} of pairs "
        f"({_part(one.ranked_right_by_chance)} by chance), average precision {_part(one.average_precision)} with "
        f"{one.positive_rows:,} of {one.rows:,} rows positive"
    )


def _part(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"


def _anomaly(model: AnomalyModel | None) -> str:
    """What raises its alarms, and what each choice finds of the disturbances put into healthy rows."""
    if model is None:
        return "not trained"
    found = (
        f"{name} {each['power']:.0%}" + ("" if each["is_within_budget"] else " (beyond the budget)")
        for name, each in model.options.items()
    )
    return f"trained: {model.choice}; of disturbances found: {', '.join(found)}" if model.choice else "trained"


def _figure(check: Check) -> dict[str, Any]:
    asked = f"{check.relation} {check.limit:g}"
    return {"figure": check.name, "found": check.value, "asked": asked, "verdict": check.verdict.value}
