"""What drifts: the fleet's features and scores by week, and all that the newest window says."""

from dataclasses import dataclass
from datetime import date

from report.lake_view import LakeView

WEEKS = 13
"""Columns of the map: a quarter of a year."""


@dataclass(frozen=True, slots=True)
class DriftCell:
    """A comparison of the fleet. `ratio` is the greatest of its distances by its limit, None without enough data."""

    feature: str
    bundle: str | None
    until: date
    verdict: str
    ratio: float | None


@dataclass(frozen=True, slots=True)
class DriftFound:
    """A feature or score whose newest window is beyond a limit."""

    scope: str
    name: str
    feature: str
    verdict: str
    ks: float
    ks_limit: float
    psi: float
    psi_limit: float
    kl: float
    kl_limit: float


@dataclass(frozen=True, slots=True)
class Drift:
    """The map's cells, what is found, and how many comparisons of the newest date had data enough."""

    until: date
    cells: tuple[DriftCell, ...]
    found: tuple[DriftFound, ...]
    compared: int
    insufficient: int


def drift(view: LakeView) -> Drift | None:
    """What `gold.drift` says; None before the first comparison."""
    (newest,) = view.rows("SELECT max(until_date) AS until FROM gold.drift")
    if newest["until"] is None:
        return None
    cells = view.rows(
        "SELECT feature, bundle, until_date AS until, verdict, "
        "greatest(ks / ks_limit, psi / psi_limit, kl / kl_limit) AS ratio FROM gold.drift "
        "WHERE scope = 'fleet' AND until_date > $until - 7 * $weeks AND ($until - until_date) % 7 = 0 "
        "ORDER BY feature, bundle NULLS FIRST, until_date",
        {"until": newest["until"], "weeks": WEEKS},
    )
    found = view.rows(
        "SELECT scope, name, feature, verdict, ks, ks_limit, psi, psi_limit, kl, kl_limit FROM gold.drift "
        "WHERE until_date = $until AND verdict IN ('DRIFT', 'WARN') "
        "ORDER BY verdict, scope, name, feature",
        newest,
    )
    (counted,) = view.rows(
        "SELECT count(*) FILTER (verdict <> 'INSUFFICIENT_DATA') AS compared, "
        "count(*) FILTER (verdict = 'INSUFFICIENT_DATA') AS insufficient FROM gold.drift WHERE until_date = $until",
        newest,
    )
    return Drift(
        newest["until"], tuple(DriftCell(**row) for row in cells), tuple(DriftFound(**row) for row in found), **counted
    )
