"""The challenger's scores of new feature rows, apart from the champion's: nothing is requested by them."""

from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_bundle.compiler.errors import CompileError, SealError
from edge_bundle.compiler.seal import seal
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.errors import BundleError
from edge_bundle.format.kernel import signed_kernel
from expectations.tables.contract import Table
from expectations.tables.gold import MODEL_VERSIONS
from expectations.tables.gold_shadow import SHADOW_PREDICTIONS
from jobs.edge.batch_scores import score_rows
from jobs.edge.bundle_record import learnt_until
from jobs.edge.pipeline_document import pipeline_of
from jobs.edge.score_recipe import SealedBundle, check_fit
from jobs.edge.sealing import Trained, draft
from jobs.models.folders import read_version
from jobs.models.shadow_version import shadow_version
from jobs.runtime.progress import show
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.publish.appended import append, missing_rows
from lakehouse.publish.reaches import Dated
from lakehouse.publish.recipe import AppendRecipe, Inputs
from lakehouse.publish.rows import arrow_rows
from lakehouse.publish.stale import work_of
from ml.gates.registry import ModelVersion


@dataclass(frozen=True, slots=True)
class InShadow:
    """A version that scores beside the champion, and the last time whose outcome its training may have seen."""

    trained: Trained
    since: datetime


def score_in_shadow(plant: Plant, as_of: datetime) -> tuple[int, tuple[str, ...]]:
    """Append the scores of the version in shadow that are missing: how many, and lines for the report.

    A version that cannot score has a line, and fails nothing: the champion scores on.

    Args:
        plant: The plant.
        as_of: The run's clock: when the scores are made.
    """
    row = shadow_version(plant)
    if row is None:
        return 0, ()
    try:
        count = _append(plant, row, as_of)
    except (UsageError, CompileError, SealError, BundleError) as exc:
        return 0, (f"score: version {row.version} is not scored in shadow: {exc}",)
    return count, (f"score: {count:,} scores of version {row.version} in shadow appended",) if count else ()


def _append(plant: Plant, row: ModelVersion, as_of: datetime) -> int:
    """How many scores were missing."""
    probe = AppendRecipe(SHADOW_PREDICTIONS, lambda _: pa.table({}), *_sources(plant, row))
    work = work_of(plant.lake, probe)
    if work is None:
        return 0
    found = in_shadow(plant, row)
    dates = tuple(day for day in work.dates if day >= found.since.date())
    if not dates:
        return 0
    recipe = shadow_recipe(plant, found, as_of)
    rows = missing_rows(plant.lake, recipe, replace(work, dates=dates))
    append(plant.lake, recipe, rows, work.metadata)
    return int(rows.num_rows)


def in_shadow(plant: Plant, row: ModelVersion) -> InShadow:
    """A version with its folder.

    Raises:
        UsageError: The folder is gone or damaged, or does not say what its training had seen.
    """
    trained = Trained(row, read_version(plant.lake, row))
    since = learnt_until([trained])
    if since is None:
        raise UsageError("its folder does not say until when its training had seen rows; train it again")
    return InShadow(trained, since)


def shadow_recipe(plant: Plant, found: InShadow, made_at: datetime) -> AppendRecipe:
    """Feature rows of the dates that changed and that the version had not seen, each scored once by it."""

    def build(given: Inputs) -> pa.Table:
        stamp = given.rows.schema.field("scored_at").type
        rows = given.rows.filter(pc.greater(given.rows.column("scored_at"), pa.scalar(found.since, stamp)))
        return arrow_rows(_scores(plant, found, rows, made_at) if rows.num_rows else [], SHADOW_PREDICTIONS)

    return AppendRecipe(SHADOW_PREDICTIONS, build, *_sources(plant, found.trained.row))


def _sources(plant: Plant, row: ModelVersion) -> tuple[Dated, tuple[()], SealedBundle, tuple[Table]]:
    """Where rows come from, and with which version: another one is scored from its own begin."""
    return Dated(plant.tables["gold.machine_features"]), (), SealedBundle(row.version), (MODEL_VERSIONS,)


def _scores(plant: Plant, found: InShadow, rows: pa.Table, made_at: datetime) -> list[dict[str, object]]:
    version = found.trained.row.version
    bundle = _compiled(plant, found.trained)
    check_fit(plant, rows.schema.names, bundle, f"version {version}")
    show(f"scoring {rows.num_rows:,} feature rows in shadow")
    made = score_rows(rows, bundle, version, signed_kernel(bundle.members))
    return [row | {"model_version": version, "made_at": made_at} for row in made]


def _compiled(plant: Plant, trained: Trained) -> TrustedBundle:
    """The version as gateways would score with it. The key is made for it and forgotten: no device takes it."""
    machines = plant.lake.arrow(plant.tables["silver.machines"]).to_pylist()
    manifest, members = draft([trained], pipeline_of(plant.profile, plant.mappings, machines))
    key = Ed25519PrivateKey.generate()
    return open_bundle(seal(manifest, members, key), [key.public_key().public_bytes_raw()])
