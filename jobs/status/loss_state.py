"""Which gateways lost records lately, read from gold."""

from datetime import date, timedelta
from typing import Any

from expectations.tables.reconciliation import RECONCILIATION
from expectations.tables.silver import BUCKETS
from jobs.status.machine_facts import GatewayLoss, LossState
from lakehouse.plant import Plant

DAYS = 7
"""A day's numbers are looked at for a week: what is missing may still come, and a person may need a weekend."""
ALLOWED = 0.001
"""More than this is an alert: decision 0215."""
_COLUMNS = ["gateway_id", "day", "state", "produced", "missing"]


def loss_state(plant: Plant) -> LossState | None:
    """Numbers that never came of each gateway, over the last days up to the newest reading; None without numbers.

    A record with a clock that cannot be true has a row on the date that it states: nothing after the newest accepted
    reading says until when the plant is known.
    """
    newest = max(plant.lake.dates(BUCKETS), default=None)
    rows = plant.lake.arrow(RECONCILIATION, _COLUMNS).to_pylist()
    return lost_lately([row for row in rows if newest is None or row["day"] <= date.fromisoformat(newest)])


def lost_lately(rows: list[dict[str, Any]]) -> LossState | None:
    """The same of rows of `gold.reconciliation`; pure."""
    if not rows:
        return None
    until = max(row["day"] for row in rows)
    since = until - timedelta(days=DAYS - 1)
    lately = [row for row in rows if row["day"] >= since]
    found: dict[str, GatewayLoss] = {}
    for row in sorted(lately, key=lambda row: (row["gateway_id"] or "", row["day"])):
        if row["state"] == "counted":
            before = found.get(row["gateway_id"], GatewayLoss(0, 0, None))
            worst = row["day"] if row["missing"] and before.since is None else before.since
            missing, produced = before.missing + row["missing"], before.produced + row["produced"]
            found[row["gateway_id"]] = GatewayLoss(missing, produced, worst)
    above = {name: loss for name, loss in found.items() if loss.missing > ALLOWED * loss.produced}
    return LossState(until, len(found), above)
