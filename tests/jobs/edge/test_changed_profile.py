"""A champion is sealed and scores by its own features, whatever the profile says of others later."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_bundle.gateway.trust.loading import LoadedBundle, load
from jobs.edge.signing import load_key
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.commands import assay
from tests.support.model_lake import clone
from tests.support.registry_rows import champion_of

AZURE = Path(__file__).resolve().parents[3] / "expectations" / "plants" / "azure_pdm"
HUMIDITY = """[metrics.humidity]
unit = "%"
resolution = 0.1

[metrics.voltage]"""


def with_profile(settings: Settings, folder: Path, change: Callable[[str], str]) -> Settings:
    """The lake with a changed copy of its plant's profile."""
    plant = folder / "plants" / "azure_pdm"
    shutil.copytree(AZURE, plant)
    standing = (plant / "profile.toml").read_text()
    (plant / "profile.toml").write_text(change(standing))
    return replace(clone(settings, folder), plant=str(plant))


def more(profile: str) -> str:
    """A metric more, before all others."""
    return profile.replace("[metrics.voltage]", HUMIDITY)


def swapped(profile: str) -> str:
    """The attributes in another order."""
    return re.sub(r"(\[attributes\.age_years\]\n)\n(.*?\n)\n", r"\2\n\1\n", profile, flags=re.DOTALL)


def loaded(settings: Settings) -> LoadedBundle:
    """The newest bundle as a gateway loads it."""
    newest = max((settings.lake / "bundles").iterdir())
    return load(newest, [load_key(settings.keys).public])


@pytest.mark.parametrize("change", [more, swapped])
def test_a_champion_is_sealed_with_its_own_features_and_a_gateway_loads_it(
    sealed_lake: Settings, tmp_path: Path, change: Callable[[str], str]
) -> None:
    settings = with_profile(sealed_lake, tmp_path, change)
    before = loaded(settings)

    assay(settings, "bundle", "build")

    after = loaded(settings)
    assert after.pipeline.features == before.pipeline.features
    assert after.bundle.manifest.features == before.bundle.manifest.features


def test_a_metric_more_is_a_new_build_of_the_same_model_that_scores(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = with_profile(sealed_lake, tmp_path, more)

    built = assay(settings, "bundle", "build")
    scored = assay(settings, "score")

    assert built.data["bundle"] == "azure_pdm@1.0.1+2"
    assert "humidity" in loaded(settings).pipeline.metrics
    assert scored.data["batch"] > 0


def test_a_feature_that_the_profile_lost_is_named_and_nothing_is_sealed(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = with_profile(sealed_lake, tmp_path, lambda profile: profile.replace('"deviation", ', ""))
    said = (
        rf"no longer has feature voltage_deviation_3h_v of version {champion_of(settings)} and 7 more; "
        "train again, or bring the profile back"
    )

    with pytest.raises(UsageError, match=said):
        assay(settings, "bundle", "build")

    assert len(list((settings.lake / "bundles").iterdir())) == 1


def test_a_feature_that_the_profile_lost_is_not_scored_as_missing(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = with_profile(sealed_lake, tmp_path, lambda profile: profile.replace('"deviation", ', ""))

    with pytest.raises(UsageError, match=r"lacks .'voltage_deviation_3h_v', .* train again, or bring the profile back"):
        assay(settings, "score")
