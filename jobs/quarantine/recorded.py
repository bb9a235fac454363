"""The repairs that were made, each with its records and whether it is in force."""

from dataclasses import dataclass
from datetime import datetime

from expectations.tables.bronze_repairs import REPAIRS
from jobs.silver.repaired import Repairs, repairs
from lakehouse.errors import UsageError
from lakehouse.plant import Plant


@dataclass(frozen=True, slots=True)
class Recorded:
    """One repair.

    Attributes:
        repair_id: Its name.
        rule: What was done, as options say it.
        reason: Why.
        who: Account that did it.
        at: When.
        records: How many records it replayed.
        files: `_file_id` of its records, one for each content that they came in.
        is_undone: Whether it is out of force.
    """

    repair_id: str
    rule: str
    reason: str
    who: str
    at: datetime
    records: int
    files: tuple[str, ...]
    is_undone: bool


def recorded(plant: Plant) -> list[Recorded]:
    """Every repair that the ledger has, oldest first. One whose command was killed before that is none."""
    known = repairs(plant)
    columns = ["repair_id", "rule", "reason", "who", "repaired_at", "_file_id"]
    rows = plant.lake.arrow(REPAIRS, columns).group_by(columns).aggregate([([], "count_all")]).to_pylist()
    found: dict[str, list[dict[str, object]]] = {}
    for row in sorted(rows, key=lambda row: (row["repaired_at"], row["_file_id"])):
        if row["_file_id"] in known.origin:
            found.setdefault(row["repair_id"], []).append(row)
    return [_recorded(name, some, known) for name, some in found.items()]


def _recorded(name: str, rows: list[dict[str, object]], known: Repairs) -> Recorded:
    first, files = rows[0], tuple(str(row["_file_id"]) for row in rows)
    at = first["repaired_at"]
    assert isinstance(at, datetime)
    records = sum(int(str(row["count_all"])) for row in rows)
    rule, reason, who = (str(first[column]) for column in ("rule", "reason", "who"))
    return Recorded(name, rule, reason, who, at, records, files, all(file in known.undone for file in files))


def the_one(plant: Plant, name: str) -> Recorded:
    """The repair of that name, or of one that begins so.

    Raises:
        UsageError: None is, or several are; the message lists them.
    """
    known = recorded(plant)
    found = [one for one in known if one.repair_id.startswith(name)]
    if len(found) != 1:
        legal = ", ".join(one.repair_id for one in (found or known)) or "none was made yet"
        raise UsageError(f"got {name!r}: {len(found)} repairs have that name; legal: {legal}")
    return found[0]


def repair_of(plant: Plant) -> dict[str, str]:
    """`_file_id` of repaired records -> the name of their repair."""
    return {file: one.repair_id for one in recorded(plant) for file in one.files}
