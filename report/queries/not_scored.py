"""Times that a model did not score, by reason, of the last week of scores."""

from dataclasses import dataclass

from expectations.tables.gold import NOT_SCORED
from report.lake_view import LakeView


@dataclass(frozen=True, slots=True)
class NotScored:
    """One reason.

    Attributes:
        reason: Its code.
        meaning: What it means.
        times: Scores of the week that carry it.
        machines: Machines that have one.
        scores: All scores of the week.
    """

    reason: str
    meaning: str
    times: int
    machines: int
    scores: int


def not_scored(view: LakeView) -> tuple[NotScored, ...]:
    """The reasons in the seven days up to the newest score, most frequent first; none where every model scored all."""
    rows = view.rows(
        """WITH week AS (
            SELECT machine_id, factory_id, not_scored_reason FROM gold.predictions
            WHERE scored_at > (SELECT max(scored_at) FROM gold.predictions) - INTERVAL 7 DAY)
        SELECT not_scored_reason AS reason, count(*) AS times, count(DISTINCT (machine_id, factory_id)) AS machines,
            (SELECT count(*) FROM week) AS scores
        FROM week WHERE not_scored_reason IS NOT NULL GROUP BY reason ORDER BY times DESC, reason"""
    )
    return tuple(NotScored(meaning=NOT_SCORED.get(row["reason"]) or row["reason"], **row) for row in rows)
