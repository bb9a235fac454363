"""Every closed feature row scored by the champion's bundle, and the gateways' own scores beside it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge_bundle.format.errors import BundleError
from edge_bundle.format.kernel import signed_kernel
from expectations.tables.gold import PREDICTIONS, SOURCES
from jobs.diagnosis.emptiness import why_empty
from jobs.edge.batch_scores import score_rows
from jobs.edge.champion import champions_bundle
from jobs.edge.edge_scores import edge_rows
from jobs.models import registry
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import show
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.bundle_shelf import Shelved
from lakehouse.commit_json import to_text
from lakehouse.commit_metadata import CommitMetadata, Scoring
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import mark
from lakehouse.publish.rows import append_rows
from lakehouse.transaction import Transaction

_SOURCES = ("gold.machine_features", "bronze.edge_scores")
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Work:
    """Rows to append, and what they and all rows before follow from."""

    rows: Rows
    metadata: CommitMetadata


def score_new(settings: Settings) -> RunReport:
    """Append the scores that are not there yet; a score that is stored is never changed.

    Raises:
        UsageError: The champion's bundle cannot be trusted, or does not fit gold's features.
    """
    return score(open_plant(settings), settings)


def score(plant: Plant, settings: Settings) -> RunReport:
    """Score a plant that is loaded. Raises: as `score_new`."""
    work = _work(plant, settings)
    return work if isinstance(work, RunReport) else _append(plant, work)


def _work(plant: Plant, settings: Settings) -> _Work | RunReport:
    """What is to be appended, or the report that nothing is."""
    bundle = champions_bundle(plant, settings)
    metadata = _sources(plant, bundle)
    if _scored(plant) == (metadata.scoring, metadata.built_from):
        return RunReport("score", changed=False, lines=("score: nothing new to score",))
    try:
        rows = _missing(plant, bundle)
    except BundleError as exc:
        raise UsageError(f"the champion's bundle cannot score: {exc}; run `assay bundle build`") from exc
    if not rows and bundle is None:
        return RunReport("score", changed=False, lines=(_without_bundle(plant, settings),))
    return _Work(rows, metadata)


def _without_bundle(plant: Plant, settings: Settings) -> str:
    """Why there is nothing to score with, and the next step."""
    if registry.champion(plant) is None:
        why = why_empty(settings, plant, "gold.model_aliases")
        return f"score: no champion's bundle yet, nothing to score with: there is no champion: {why}"
    return "score: no champion's bundle yet, nothing to score with: run `assay bundle build`"


def _sources(plant: Plant, bundle: Shelved | None) -> CommitMetadata:
    """What the scores follow from: versions that changed rows, for others change no score."""
    versions = {name: plant.lake.content_version(plant.tables[name]) for name in _SOURCES}
    return CommitMetadata(
        built_from={name: version for name, version in versions.items() if version is not None},
        scoring=Scoring(bundle.bundle.sha256 if bundle else None),
    )


def _scored(plant: Plant) -> tuple[Scoring, Mapping[str, int]] | None:
    """What the newest scores follow from."""
    return plant.lake.last(PREDICTIONS, lambda commit: (commit.scoring, commit.built_from) if commit.scoring else None)


def _missing(plant: Plant, bundle: Shelved | None) -> Rows:
    """Scores whose key no prediction has."""
    key = PREDICTIONS.key
    known = {tuple(row.values()) for row in plant.lake.arrow(PREDICTIONS, list(key)).to_pylist()}
    rows = edge_rows(plant)
    if bundle is not None:
        features = plant.lake.arrow(plant.tables["gold.machine_features"])
        if features.num_rows:
            _check_features(features.schema.names, bundle)
            show(f"scoring {features.num_rows:,} feature rows")
            rows += score_rows(features, bundle.bundle, bundle.name, signed_kernel(bundle.bundle.members))
    fresh = [row for row in rows if tuple(row[name] for name in key) not in known]
    return sorted(fresh, key=lambda row: tuple(row[name] for name in key))


def _check_features(names: list[str], bundle: Shelved) -> None:
    missing = [feature.name for feature in bundle.bundle.manifest.features if feature.name not in names]
    if missing:
        advice = "train again, or bring the profile back"
        raise UsageError(f"gold.machine_features lacks {missing[:3]} that {bundle.name} needs; {advice}")


def _append(plant: Plant, work: _Work) -> RunReport:
    rows = work.rows
    if not rows:
        mark(plant.lake, PREDICTIONS, work.metadata)
        return RunReport("score", changed=False, lines=("score: features changed, every score is stored already",))
    show(f"appending {len(rows):,} scores")
    once = Transaction(f"{PREDICTIONS.name}/{_digest(rows, work.metadata)}")
    append_rows(plant.lake, PREDICTIONS, rows, f"{len(rows)} scores", once, metadata=work.metadata)
    by_source = {source: sum(row["source"] == source for row in rows) for source in SOURCES}
    line = f"score: {by_source['batch']:,} batch scores and {by_source['edge']:,} edge scores appended"
    return RunReport("score", changed=True, lines=(line,), data=by_source)


def _digest(rows: Rows, metadata: CommitMetadata) -> str:
    keys = [[str(row[name]) for name in PREDICTIONS.key] for row in rows]
    return hashlib.sha256(json.dumps([keys, to_text(metadata)]).encode()).hexdigest()[:16]
