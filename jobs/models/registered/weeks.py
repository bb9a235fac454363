"""What versions did week by week, from `gold.model_performance`, and two of them on the same matured weeks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow.dataset as ds

from expectations.tables.gold_performance import MODEL_PERFORMANCE
from expectations.tables.gold_shadow import SHADOW
from lakehouse.plant import Plant

Row = Mapping[str, Any]
SAME_SCORES = 0.95
"""Of the scores of one version in a week the part that the other has at least, so that the weeks are of the same
machines and times. Starting value: a version leaves rows of too many missing windows out, by its own training."""
FEW_EVENTS = 10
"""As in `gold.model_performance`."""
_SUMS = ("event_count", "caught_count", "too_late_count", "false_count", "exposure_machine_years")
_COLUMNS = ["model_version", "source", "horizon", "period_start_at", "matured_frac", "score_count", "cost_cents",
            *_SUMS]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Did:
    """What a version did in some weeks; `cost_cents` None where the profile has no prices."""

    version: str
    source: str
    weeks: tuple[date, ...]
    event_count: int
    caught_count: int
    too_late_count: int
    false_count: int
    exposure_machine_years: float
    cost_cents: int | None

    @property
    def words(self) -> str:
        """In a line."""
        rate = (
            f" ({self.false_count / self.exposure_machine_years:.1f} a machine-year)"
            if self.exposure_machine_years
            else ""
        )
        cost = "" if self.cost_cents is None else f", cost {self.cost_cents / 100:,.0f} USD"
        return (
            f"{self.caught_count} of {self.event_count} failures announced in time, "
            f"{self.false_count} false alarms{rate}{cost}"
        )


def weeks_of(plant: Plant) -> dict[tuple[str, str], list[Row]]:
    """(version, source) -> its weeks for the whole fleet, oldest first."""
    is_fleet = (ds.field("slice") == "fleet") & (ds.field("period") == "week")
    rows = plant.lake.arrow(MODEL_PERFORMANCE, _COLUMNS, is_fleet).to_pylist()
    found: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["period_start_at"], row["horizon"])):
        found.setdefault((row["model_version"], row["source"]), []).append(row)
    return found


def did(version: str, source: str, rows: Sequence[Row]) -> Did:
    """The sum of some weeks."""
    sums = {name: sum(row[name] or 0 for row in rows) for name in _SUMS}
    costs = [row["cost_cents"] for row in rows]
    weeks = tuple(row["period_start_at"].date() for row in rows)
    return Did(version, source, weeks, **sums, cost_cents=None if None in costs else sum(costs))


def in_shadow(known: Mapping[tuple[str, str], Sequence[Row]], version: str) -> Did | None:
    """What a version did in shadow, in all its weeks; None where it has none."""
    rows = known.get((version, SHADOW))
    return did(version, SHADOW, rows) if rows else None


def side_by_side(
    known: Mapping[tuple[str, str], Sequence[Row]], one: str, other: str
) -> tuple[Did, Did, tuple[date, ...]] | None:
    """Two versions on the same weeks, and the weeks of both that do not count; None where no week is of both.

    A week counts where all labels of both have matured, both met the same failures, and neither lacks more than a
    twentieth of the other's scores.
    """
    mine, theirs = _weeks(known, one), _weeks(known, other)
    if mine is None or theirs is None:
        return None
    (source, first), (against, second) = mine, theirs
    both = sorted(first.keys() & second.keys())
    same = [week for week in both if _is_same(first[week], second[week])]
    if not both:
        return None
    sums = did(one, source, [first[week] for week in same]), did(other, against, [second[week] for week in same])
    return *sums, tuple(week.date() for week in both if week not in same)


def words_of(found: tuple[Did, Did, tuple[date, ...]]) -> list[str]:
    """Lines for a person."""
    one, other, left_out = found
    if not one.weeks:
        return [f"  no week counts for both yet: {len(left_out)} are not matured or are of other scores"]
    few = "" if one.event_count >= FEW_EVENTS else f"; fewer than {FEW_EVENTS} failures, no figure to act on"
    without = f", {len(left_out)} more left out" if left_out else ""
    head = f"  on the same {len(one.weeks)} matured weeks, {one.weeks[0]} to {one.weeks[-1]}{without}{few}:"
    return [head, *(f"    {each.version} ({each.source}): {each.words}" for each in (one, other))]


def _weeks(known: Mapping[tuple[str, str], Sequence[Row]], version: str) -> tuple[str, dict[Any, Row]] | None:
    """A version's weeks by their begin: as champion in batch, else in shadow."""
    for source in ("batch", SHADOW):
        rows = known.get((version, source))
        if rows:
            return source, _by_begin(rows)
    return None


def _by_begin(rows: Iterable[Row]) -> dict[Any, Row]:
    return {row["period_start_at"]: row for row in rows}


def _is_same(one: Row, other: Row) -> bool:
    fewer, more = sorted((one["score_count"] or 0, other["score_count"] or 0))
    has_same_scores = more > 0 and fewer >= SAME_SCORES * more
    is_matured = one["matured_frac"] == other["matured_frac"] == 1
    return has_same_scores and is_matured and one["event_count"] == other["event_count"]
