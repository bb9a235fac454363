"""What the newest scores ask for: the machines that need a person now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from expectations.tables.machine_keys import machine_key, shown_names
from report.lake_view import LakeView, Row


@dataclass(frozen=True, slots=True)
class Attention:
    """Each machine's newest batch score, if it is of the last day; one that sends nothing is silent, not well.

    Attributes:
        scored_at: The newest time scored; None where nothing was scored.
        machines: Machines scored within the day up to it.
        asking: Machines by what is asked for, the urgent first: `stop_request`, `maintain`, `watch`.
        in_sample: Machines whose newest score is of a time whose outcome the training may have seen.
    """

    scored_at: datetime | None
    machines: int
    asking: Mapping[str, tuple[str, ...]]
    in_sample: int


def attention(view: LakeView) -> Attention:
    """The machines' newest decisions, those of the bundle built last where several scored one time."""
    rows = view.rows(
        "SELECT machine_id, factory_id, scored_at, decision, is_in_sample IS NOT FALSE AS in_sample "
        "FROM gold.predictions WHERE source = 'batch' AND scored_at > "
        "(SELECT max(scored_at) - INTERVAL 1 DAY FROM gold.predictions WHERE source = 'batch') "
        "QUALIFY row_number() OVER (PARTITION BY machine_id, factory_id "
        "ORDER BY scored_at DESC, try_cast(split_part(bundle, '+', -1) AS BIGINT) DESC, bundle) = 1 "
        "ORDER BY machine_id, factory_id"
    )
    shown = shown_names(map(_key, rows))
    asking = {
        decision: tuple(shown[_key(row)] for row in rows if row["decision"] == decision)
        for decision in ("stop_request", "maintain", "watch")
    }
    newest = max((row["scored_at"] for row in rows), default=None)
    return Attention(newest, len(rows), {k: v for k, v in asking.items() if v}, sum(row["in_sample"] for row in rows))


def _key(row: Row) -> str:
    return machine_key(row["machine_id"], row["factory_id"])
