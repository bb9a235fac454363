"""What a profile says of residual columns: which metrics load explains, over which windows, for whom."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from expectations.errors import ProfileError
from expectations.plant.file import PLANTS, load_profile, parse_profile
from expectations.residuals import ResidualColumn, residuals_of


def plant(**changes: Any) -> dict[str, Any]:
    text = (PLANTS / "simulated" / "profile.toml").read_text(encoding="utf-8")
    return {**tomllib.loads(text), "residuals": {"pressure": {"explained_by": ["speed"]}}, **changes}


def explained(**by: list[str]) -> dict[str, Any]:
    return plant(residuals={metric: {"explained_by": predictors} for metric, predictors in by.items()})


def test_each_mean_is_explained_by_the_same_window_or_the_longest_shorter_one() -> None:
    found = residuals_of(parse_profile(explained(pressure=["speed", "current^2"]), "p"))

    assert found is not None
    assert found.columns == (
        ResidualColumn("pressure_mean_3h_bar", (("speed_mean_3h_rpm", 1), ("current_mean_3h_a", 2))),
        ResidualColumn("pressure_mean_24h_bar", (("speed_mean_24h_rpm", 1), ("current_mean_24h_a", 2))),
        ResidualColumn("pressure_mean_7d_bar", (("speed_mean_24h_rpm", 1), ("current_mean_24h_a", 2))),
    )
    assert found.levels == tuple(f"is_machine_model_{one}" for one in ("P100", "P200", "C300", "R900"))


def test_columns_follow_the_features_and_not_the_file() -> None:
    one, two = (
        residuals_of(parse_profile(explained(**dict(order)), "p"))
        for order in (
            [("vibration", ["speed"]), ("temperature", ["current"])],
            [("temperature", ["current"]), ("vibration", ["speed"])],
        )
    )

    assert one == two


def test_a_plant_that_states_none_has_none() -> None:
    assert residuals_of(load_profile("azure_pdm")) is None


def test_without_machine_models_all_machines_have_one_fit() -> None:
    found = residuals_of(parse_profile(plant(attributes={"age_years": {}}), "p"))

    assert found is not None
    assert found.levels == ()


@pytest.mark.parametrize(
    ("by", "why"),
    [
        ({"heat": ["speed"]}, r"p\.residuals\.heat: unknown metric 'heat'.*temperature"),
        ({"pressure": ["sped"]}, r"p\.residuals\.pressure: unknown metric 'sped'.*speed"),
        ({"pressure": ["pressure"]}, "pressure cannot explain itself; legal: other metrics"),
        ({"pressure": ["speed", "speed"]}, "legal: 1 to 16 different metrics or their squares"),
        ({"pressure": []}, "legal: 1 to 16 different metrics or their squares"),
        ({"pressure": ["speed^3"]}, "'speed\\^3' explains nothing; legal: a metric"),
    ],
)
def test_what_cannot_be_explained_is_refused(by: dict[str, list[str]], why: str) -> None:
    with pytest.raises(ProfileError, match=why):
        parse_profile(explained(**by), "p")


def test_another_key_is_refused_and_so_is_a_metric_without_a_mean() -> None:
    with pytest.raises(ProfileError, match=r"p\.residuals\.pressure: unknown key 'by'"):
        parse_profile(plant(residuals={"pressure": {"explained_by": ["speed"], "by": ["speed"]}}), "p")

    features = plant()["features"]
    features["metrics"] = {**features["metrics"], "speed": {"statistics": ["maximum"]}}
    with pytest.raises(ProfileError, match=r'no window of speed has a mean; legal: "mean" among its statistics'):
        parse_profile(plant(features=features), "p")


def test_a_window_that_nothing_is_short_enough_for_is_refused() -> None:
    features = plant()["features"]
    features["metrics"] = {**features["metrics"], "speed": {"windows": ["24h"]}}

    with pytest.raises(ProfileError, match="no mean of speed is over a window as short as"):
        parse_profile(plant(features=features), "p")
