"""How `gold.predictions` follows from features, gateways' scores and the champion's bundle."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

import pyarrow as pa

from edge_bundle.format import pipeline_bytes
from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.format.kernel import signed_kernel
from edge_bundle.format.pipeline import PIPELINE_PATH
from expectations.tables.gold import MODEL_ALIASES, PREDICTIONS
from expectations.tables.gold_savings import BUNDLES
from gold.sample_draw import SampleRule
from jobs.edge.batch_scores import score_rows
from jobs.edge.edge_scores import edge_rows
from jobs.edge.in_sample import Learnt
from jobs.edge.known_bundles import KnownBundles
from jobs.edge.pipeline_document import check_delays
from jobs.edge.sampling import sample_rule, sampled_frac
from jobs.gold.feature_basis import built_delays
from jobs.runtime.progress import show
from lakehouse.bundle_shelf import Shelved
from lakehouse.commit_metadata import CommitMetadata, Sampling, Scoring
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.publish.reaches import Built, Dated, NoDates
from lakehouse.publish.recipe import AppendRecipe, Inputs
from lakehouse.publish.rows import arrow_rows


@dataclass(frozen=True, slots=True)
class SealedBundle:
    """With what rows are scored: the bundle's SHA-256; None where only gateways' scores are taken in.

    By which numbers scores were drawn is recorded beside it. Stored scores are never drawn again, so that others reach
    no date.
    """

    sha256: str | None
    sampling: Sampling | None = None

    def now(self, built: Built) -> CommitMetadata:
        """The bundle of now."""
        del built
        return CommitMetadata(scoring=Scoring(self.sha256, self.sampling))

    def stale(self, built: Built, now: CommitMetadata) -> set[date] | None:
        """Every date with another bundle."""
        last = None if built.last is None else built.last.scoring
        is_same = last is not None and now.scoring is not None and last.bundle == now.scoring.bundle
        return None if is_same else set(built.dates)


def predictions(
    plant: Plant, bundle: Shelved | None, made_at: datetime, rule: SampleRule | None = None
) -> AppendRecipe:
    """Feature rows of the dates that changed, each scored once by a bundle; and every gateway's score.

    Args:
        plant: The plant and its lake.
        bundle: The champion's; None: feature rows are not scored.
        made_at: The run's clock, for the scores that it makes.
        rule: By which scores are drawn for technicians; None: the policy's.
    """
    rule = sample_rule(plant) if rule is None else rule
    features, edge = plant.tables["gold.machine_features"], plant.tables["bronze.edge_scores"]

    def build(given: Inputs) -> pa.Table:
        rows = edge_rows(given.tables[edge.name], KnownBundles.of(given.tables[BUNDLES.name]))
        if bundle is not None and given.rows.num_rows:
            check_fit(plant, given.rows.schema.names, bundle.bundle, bundle.name)
            show(f"scoring {given.rows.num_rows:,} feature rows")
            made = score_rows(given.rows, bundle.bundle, bundle.name, signed_kernel(bundle.bundle.members))
            rows += [row | {"made_at": made_at} for row in made]
        learnt = Learnt.of(given.tables[BUNDLES.name])
        known = [row | {"is_in_sample": learnt.is_in_sample(row)} for row in rows]
        return arrow_rows([row | {"sampled_frac": sampled_frac(row, rule)} for row in known], PREDICTIONS)

    return AppendRecipe(
        PREDICTIONS, build, None if bundle is None else Dated(features), (NoDates(edge), NoDates(BUNDLES)),
        SealedBundle(bundle.bundle.sha256 if bundle else None, Sampling(**asdict(rule))), origins=(MODEL_ALIASES,),
    )  # fmt: skip


def check_fit(plant: Plant, names: Sequence[str], bundle: TrustedBundle, called: str) -> None:
    """Raises: UsageError: Gold's features, of these names, lack some of the bundle's, or have other delays."""
    missing = [feature.name for feature in bundle.manifest.features if feature.name not in names]
    if missing:
        advice = "train again, or bring the profile back"
        raise UsageError(f"gold.machine_features lacks {missing[:3]} that {called} needs; {advice}")
    pipeline = pipeline_bytes.loads(bundle.member(PIPELINE_PATH))
    check_delays(pipeline.features, built_delays(plant), "gold.machine_features")
