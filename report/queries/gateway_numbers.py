"""What happened to each number that gateways gave to their records."""

from dataclasses import dataclass
from datetime import date

from report.lake_view import LakeView

CLASSES = ("accepted", "duplicate", "superseded", "quarantined", "rejected", "blank", "summarised", "missing")


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one gateway over all days.

    Attributes:
        gateway: Its name; empty where records name none.
        days: Days on which it has numbers.
        counts: Numbers of each of `CLASSES`, in that order.
        unnumbered: Records without a number.
        worst: The day with the most that never came; None where all came.
        worst_missing: How many these are.
    """

    gateway: str
    days: int
    counts: tuple[int, ...]
    unnumbered: int
    worst: date | None = None
    worst_missing: int = 0


def numbers(view: LakeView) -> tuple[Numbers, ...]:
    """Every gateway, by name; none where no records of gateways have come."""
    sums = ", ".join(f"coalesce(sum({name}), 0)::BIGINT AS {name}" for name in CLASSES)
    rows = view.rows(
        f"""SELECT coalesce(gateway_id, '') AS gateway, count(produced) AS days, sum(unnumbered)::BIGINT AS unnumbered,
            arg_max(day, missing) AS worst, coalesce(max(missing), 0) AS worst_missing, {sums}
        FROM gold.reconciliation GROUP BY gateway_id ORDER BY gateway"""  # noqa: S608  # names above
    )
    return tuple(
        Numbers(
            row["gateway"], row["days"], tuple(row[name] for name in CLASSES), row["unnumbered"],
            row["worst"] if row["worst_missing"] else None, row["worst_missing"],
        )
        for row in rows
    )  # fmt: skip
