"""Residual columns, declared once: which means of windows are explained by which others, for each machine model."""

from dataclasses import dataclass

from expectations.errors import ProfileError, unknown_name
from expectations.features import Feature, features_of
from expectations.plant.plant_profile import Profile

MODEL = "machine_model"
"""Attribute of machines whose levels have a fit each."""


@dataclass(frozen=True, slots=True)
class ResidualColumn:
    """One column: what a feature deviates by from what others predict.

    Attributes:
        feature: Name of the feature that is predicted.
        by: Names of those that predict it, each with its power, 1 or 2.
    """

    feature: str
    by: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Residuals:
    """The columns of a plant.

    Attributes:
        columns: In order of the features.
        levels: Names of the features that say which machine model a row is of; empty where the profile declares none:
            all machines then have one fit.
    """

    columns: tuple[ResidualColumn, ...]
    levels: tuple[str, ...]


def residual_name(feature: str) -> str:
    """Name of the residual column of a feature."""
    return f"{feature}_residual"


def residuals_of(profile: Profile, where: str = "profile.toml") -> Residuals | None:
    """The residual columns of a plant: each mean of a metric that the profile explains; None where it explains none.

    A window is predicted by the same window of the other metrics, or by their longest one that is shorter: what a
    month of load does to a temperature, a day of load shows nearly as well.

    Raises:
        ProfileError: A metric is unknown, or has no mean of a window, or of none that is short enough.
    """
    if not profile.residuals:
        return None
    features = features_of(profile)
    columns: list[ResidualColumn] = []
    for rule in profile.residuals:
        place = f"{where}.residuals.{rule.metric}"
        for mean in _means(profile, features, rule.metric, place):
            by = ((_within(profile, features, mean, predictor.metric, place), predictor.power) for predictor in rule.by)
            columns.append(ResidualColumn(mean.name, tuple(by)))
    levels = (each.name for each in features if each.kind == "level" and each.attribute == MODEL)
    order = [each.name for each in features]
    return Residuals(tuple(sorted(columns, key=lambda one: order.index(one.feature))), tuple(levels))


def _means(profile: Profile, features: tuple[Feature, ...], metric: str, where: str) -> list[Feature]:
    if metric not in profile.metrics:
        raise ProfileError(f"{where}: {unknown_name('metric', metric, profile.metrics)}")
    found = [each for each in features if each.metric == metric and each.statistic == "mean"]
    if not found:
        raise ProfileError(
            f'{where}: no window of {metric} has a mean; legal: "mean" among its statistics in [features]'
        )
    return found


def _within(profile: Profile, features: tuple[Feature, ...], mean: Feature, metric: str, where: str) -> str:
    """The mean of a metric over the same window, else over the longest shorter one."""
    means = [each for each in _means(profile, features, metric, where) if each.window_s <= mean.window_s]
    if not means:
        raise ProfileError(
            f"{where}: no mean of {metric} is over a window as short as {mean.name}; legal: such a window in [features]"
        )
    return max(means, key=lambda each: each.window_s).name
