"""Rows that were appended once, made again from what they followed from, commit by commit."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.tables.contract import Table
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_reasons import ALARM_REASONS
from expectations.tables.gold_shadow import SHADOW_PREDICTIONS
from gold.sample_draw import SampleRule
from jobs.edge.alarm_reasons import reason_recipe
from jobs.edge.score_recipe import predictions
from jobs.edge.shadow import in_shadow, shadow_recipe
from jobs.edge.signing import load_key
from jobs.models import registry
from jobs.runtime.settings import Settings
from jobs.verify.basis import code_note, other_code
from jobs.verify.choice import Choice
from jobs.verify.compared import Compared, compared
from jobs.verify.gone import UNREADABLE, gone, unreadable
from jobs.verify.outcome import Outcome, Verdict
from jobs.verify.then import Build, plant_then
from lakehouse.arrow_reading import by_contract
from lakehouse.bundle_shelf import Shelved, shelf
from lakehouse.commits import Commit
from lakehouse.errors import UsageError
from lakehouse.lake import Lake
from lakehouse.lake_then import LakeThen
from lakehouse.plant import Plant
from lakehouse.publish.appended import missing_rows
from lakehouse.publish.built_again import Part
from lakehouse.publish.recipe import AppendRecipe
from lakehouse.publish.stale import Work, is_build
from ml.gates.registry import ModelVersion

TABLES = (PREDICTIONS, ALARM_REASONS, SHADOW_PREDICTIONS)
"""What only grows: a row follows from its sources as they were when it was appended."""


def verify_appended(settings: Settings, plant: Plant, table: Table, version: int, choice: Choice) -> Outcome:
    """Make the rows of some commits again, by the bundle of then, and compare every bit.

    Nothing is written. A bundle that is not on the shelf, and a source that is gone, leave the comparison out.
    """
    commits = [one for one in _then(plant, table, version).content_commits(table) if is_build(one.metadata)]
    chosen = choice.sample(commits)
    if not chosen and _then(plant, table, version).row_count(table):
        return Outcome(table.name, version, Verdict.CANNOT, notes=("no commit in its log says which rows it appended",))
    try:
        found = compared(_then(plant, table, version), table)
        for commit in chosen:
            _compare(settings, plant, table, commit, found)
    except UsageError as error:
        return Outcome(table.name, version, Verdict.CANNOT, notes=(str(error),))
    except UNREADABLE as error:
        return unreadable(table, version, error, gone(plant.lake, _then(plant, table, version), (table,)))
    code = other_code(plant.lake, table, version, [None]) if found.rows else []
    notes = [*found.notes, *code_note(code, is_equal=not found.count)]
    verdict = Verdict.DIFFERENT if found.count else Verdict.EQUAL
    parts = (len(chosen), len(commits))
    return Outcome(table.name, version, verdict, parts, found.rows, found.count, tuple(found.named), tuple(notes))


def _then(plant: Plant, table: Table, version: int | None) -> LakeThen:
    return LakeThen(plant.lake, {table.name: version})


def _compare(settings: Settings, plant: Plant, table: Table, commit: Commit, found: Compared) -> None:
    """Raises: UsageError: The bundle is not to be had, or a source of the commit is gone."""
    stored = _appended(plant, table, commit.version)
    make = _maker(settings, plant, table, commit, stored)
    known, then = plant_then(plant, make(plant), Build(commit.version, commit.metadata))
    recipe = make(known)
    days = _dates(stored, table)
    try:
        built = missing_rows(then, recipe, Work(tuple(days), commit.metadata))
    except UNREADABLE:
        if (lost := gone(plant.lake, then, recipe.sources)) is not None:
            raise UsageError(lost.words) from None
        raise
    found.add(Part(None, stored, by_contract(built, table)), table, f"version {commit.version}")


def _maker(
    settings: Settings, plant: Plant, table: Table, commit: Commit, stored: "pa.Table"
) -> Callable[[Plant], AppendRecipe]:
    """The recipe of a commit, on a plant of then. Raises: UsageError: What scored is not to be had."""
    if table is ALARM_REASONS:
        return reason_recipe
    if table is SHADOW_PREDICTIONS:
        found = in_shadow(plant, _version(plant, commit))
        return lambda then: shadow_recipe(then, found, pc.max(stored.column("made_at")).as_py())
    bundle = _bundle(settings, plant.lake, commit)
    made_at = pc.max(stored.filter(pc.field("source") == "batch").column("made_at")).as_py()
    rule = _sample_rule(commit)
    return lambda then: predictions(then, bundle, made_at, rule)


def _sample_rule(commit: Commit) -> SampleRule:
    """By which scores of a commit were drawn; those of older code never were."""
    sampling = commit.metadata.scoring.sampling if commit.metadata.scoring else None
    return SampleRule(0.0, 0.0, 0.0) if sampling is None else SampleRule(**asdict(sampling))


def _version(plant: Plant, commit: Commit) -> ModelVersion:
    name = commit.metadata.scoring.bundle if commit.metadata.scoring else None
    row = registry.version(plant, name) if name else None
    if row is None:
        raise UsageError(f"the version {name} that scored is not registered")
    return row


def _appended(plant: Plant, table: Table, version: int) -> "pa.Table":
    """The rows of the files that came with a version."""
    before = _then(plant, table, version - 1 if version else None)
    known = {one.path for one in before.data(table).get_fragments()} if before.exists(table) else set()
    data = _then(plant, table, version).data(table)
    fresh = [one for one in data.get_fragments() if one.path not in known]
    rows = ds.FileSystemDataset(fresh, data.schema, data.format, data.filesystem).to_table() if fresh else None
    return by_contract(data.schema.empty_table() if rows is None else rows, table)


def _dates(rows: "pa.Table", table: Table) -> Sequence[date]:
    return sorted(pc.unique(rows.column(table.partition_by[0])).to_pylist())


def _bundle(settings: Settings, lake: Lake, commit: Commit) -> Shelved | None:
    scoring = commit.metadata.scoring
    if scoring is None or scoring.bundle is None:
        return None
    for one in shelf(lake, [load_key(settings.keys).public]):
        if one.bundle.sha256 == scoring.bundle:
            return one
    raise UsageError(f"the bundle {scoring.bundle[:12]} that scored is not on the shelf of the lake: bring it back")
