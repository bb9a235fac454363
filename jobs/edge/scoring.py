"""Every closed feature row scored by the champion's bundle, and the gateways' own scores beside it."""

from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from edge_bundle.format.errors import BundleError
from expectations.tables.gold import SOURCES
from jobs.diagnosis.emptiness import why_empty
from jobs.edge.alarm_reasons import record_reasons
from jobs.edge.champion import champions_bundle
from jobs.edge.older_bundles import record_older
from jobs.edge.score_quarantine import set_aside
from jobs.edge.score_recipe import predictions
from jobs.edge.shadow import score_in_shadow
from jobs.gold.now_recipes import update_now
from jobs.models import registry
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import show
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from jobs.silver.key_form import check_key_form
from lakehouse.bundle_shelf import Shelved
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.publish.appended import append, missing_rows
from lakehouse.publish.recipe import AppendRecipe
from lakehouse.publish.stale import work_of


@dataclass(frozen=True, slots=True)
class _Scores:
    """Rows to append, and what they and all rows before follow from."""

    recipe: AppendRecipe
    rows: pa.Table
    metadata: CommitMetadata


def score_new(settings: Settings, as_of: datetime) -> RunReport:
    """Append the scores that are not there yet; a score that is stored is never changed.

    Args:
        settings: Of the run.
        as_of: The run's clock: when the scores are made.

    Raises:
        UsageError: The champion's bundle cannot be trusted, or does not fit gold's features.
    """
    return score(open_plant(settings), settings, as_of)


def score(plant: Plant, settings: Settings, as_of: datetime) -> RunReport:
    """Score a plant that is loaded. Raises: as `score_new`."""
    check_key_form(plant)
    bundle = champions_bundle(plant, settings)
    found = _scores(plant, settings, as_of, bundle)
    report = found if isinstance(found, RunReport) else _append(plant, found)
    record_reasons(plant)
    if update_now(plant):
        report = replace(report, changed=True, lines=(*report.lines, "score: machines now and work list replaced"))
    aside = set_aside(plant)
    if aside is not None:
        line = f"score: {aside:,} scores of gateways cannot be taken; see gold.predictions_quarantine"
        report = replace(report, changed=True, lines=(*report.lines, line))
    count, lines = score_in_shadow(plant, as_of)
    return replace(
        report, changed=report.changed or count > 0, lines=(*report.lines, *lines, *_warnings(plant, bundle))
    )


def _warnings(plant: Plant, bundle: Shelved | None) -> tuple[str, ...]:
    """That there is a champion and nothing to score with, whatever else was done: scores do not stop in silence."""
    champion = registry.champion(plant)
    if champion is None or bundle is not None:
        return ()
    found = f"no bundle holds the champion {champion}, so no feature row is scored"
    return (f"score: WARNING {found}; run `assay bundle build`, then `assay score`",)


def _scores(plant: Plant, settings: Settings, as_of: datetime, bundle: Shelved | None) -> _Scores | RunReport:
    """What is to be appended, or the report that nothing is."""
    record_older(plant)
    recipe = predictions(plant, bundle, as_of)
    work = work_of(plant.lake, recipe)
    if work is None:
        return RunReport("score", changed=False, lines=("score: nothing new to score",))
    try:
        rows = missing_rows(plant.lake, recipe, work)
    except BundleError as exc:
        raise UsageError(f"the champion's bundle cannot score: {exc}; run `assay bundle build`") from exc
    if not rows.num_rows and bundle is None:
        return RunReport("score", changed=False, lines=_without_champion(plant, settings))
    return _Scores(recipe, rows, work.metadata)


def _without_champion(plant: Plant, settings: Settings) -> tuple[str, ...]:
    """Why there is no champion to score with, and the next step."""
    if registry.champion(plant) is not None:
        return ()
    why = why_empty(settings, plant, "gold.model_aliases")
    return (f"score: no champion's bundle yet, nothing to score with: there is no champion: {why}",)


def _append(plant: Plant, scores: _Scores) -> RunReport:
    rows = scores.rows
    if rows.num_rows:
        show(f"appending {rows.num_rows:,} scores")
    done = append(plant.lake, scores.recipe, rows, scores.metadata)
    if not done.changed:
        return RunReport("score", changed=False, lines=("score: features changed, every score is stored already",))
    sources = rows.column("source").to_pylist()
    by_source = {source: sources.count(source) for source in SOURCES}
    line = f"score: {by_source['batch']:,} batch scores and {by_source['edge']:,} edge scores appended"
    return RunReport("score", changed=True, lines=(line,), data=by_source)
