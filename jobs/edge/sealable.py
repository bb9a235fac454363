"""Whether what a plant's gateways are to do fits into a bundle at all, before hours go into its models."""

from edge_bundle.format.bounds import MAX_FEATURES, MAX_LEVELS
from edge_bundle.format.errors import BundleError
from edge_bundle.format.pipeline_check import check
from expectations.features import features_of
from expectations.residuals import MODEL, Residuals, residuals_of
from jobs.edge.pipeline_document import pipeline_of
from lakehouse.errors import UsageError
from lakehouse.plant import Plant


def check_sealable(plant: Plant) -> None:
    """Refuse a plant whose champion could not be sealed: nothing would ever be scored by it, here or on a gateway.

    Raises:
        UsageError: The profile, a mapping or the master data asks for what no bundle holds.
    """
    machines = plant.lake.arrow(plant.tables["silver.machines"]).to_pylist()
    try:
        check(pipeline_of(plant.profile, plant.mappings, machines))
    except BundleError as exc:
        raise UsageError(f"no model of this plant could be sealed, so none is trained: {exc}") from exc
    if residuals := residuals_of(plant.profile):
        _check_residuals(residuals, len(features_of(plant.profile)))


def _check_residuals(residuals: Residuals, features: int) -> None:
    """Raises UsageError: they are more than a bundle's derived columns hold."""
    counts = (
        (len(residuals.levels), MAX_LEVELS, f"levels of {MODEL} with a fit each"),
        (features + len(residuals.columns), MAX_FEATURES, "features and residual columns"),
    )
    for got, most, what in counts:
        if got > most:
            raise UsageError(
                f"no model of this plant could be sealed, so none is trained: got {got:,} {what}; legal: at most "
                f"{most:,}; shorten [residuals], [features] or the levels of the profile"
            )
