"""Which machines are blind or beyond a limit now, read from gold."""

from jobs.status.machine_facts import MachineState
from lakehouse.plant import Plant

_NAME = "gold.machines_now"
_COLUMNS = ["machine_id", "factory_id", "state", "standing_critical_count", "standing_warning_count", "as_of_at"]


def machine_state(plant: Plant) -> MachineState | None:
    """Machines by factory as `gold.machines_now` has them; None before its first build.

    What a blind machine was beyond before it fell silent is not counted.
    """
    rows = plant.lake.arrow(plant.tables[_NAME], _COLUMNS).to_pylist()
    if not rows:
        return None
    found: dict[str, dict[str, list[str]]] = {"blind": {}, "critical": {}, "warning": {}}
    for row in sorted(rows, key=lambda row: (row["factory_id"], row["machine_id"])):
        kind = "blind" if row["state"] == "blind" else "critical" if row["standing_critical_count"] else "warning"
        if kind != "warning" or row["standing_warning_count"]:
            found[kind].setdefault(row["factory_id"], []).append(row["machine_id"])
    grouped = {kind: {factory: tuple(names) for factory, names in of.items()} for kind, of in found.items()}
    return MachineState(rows[0]["as_of_at"], len(rows), grouped["blind"], grouped["critical"], grouped["warning"])
