"""What reports say of a bundle."""

from pathlib import Path

from edge_bundle.format.bundle import TrustedBundle
from expectations.plant.plant_profile import Profile
from expectations.tables.plant_rules import unknown_to_gateways
from lakehouse.bundle_shelf import bundle_name


def bundle_data(path: Path, bundle: TrustedBundle) -> dict[str, object]:
    """Path, name, size in bytes, digest and model version of a bundle."""
    return {
        "path": path, "bundle": bundle_name(bundle.manifest), "bytes": bundle.size, "sha256": bundle.sha256,
        "model_version": bundle.manifest.models[0].version,
    }  # fmt: skip


def unasked_rules(profile: Profile) -> tuple[str, ...]:
    """A line on what gateways take and silver does not; none where there is nothing."""
    names = [rule.name for rule in unknown_to_gateways(profile)]
    return (f"  gateways score by readings that silver sets aside by these rules: {', '.join(names)}",) if names else ()
