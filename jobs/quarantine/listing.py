"""What was set aside, counted by fault and record by record, and the repairs that were made."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.quarantine.chosen import Choice, other_records, paths_of, quarantined, rejected
from jobs.quarantine.recorded import recorded, repair_of
from jobs.runtime.report import RunReport
from lakehouse.plant import Plant

Row = Mapping[str, Any]


def listed(plant: Plant, choice: Choice) -> RunReport:
    """A line for each fault and each reason: records, files, times, how many are repaired; the feed of no readings."""
    paths, repair = paths_of(plant), repair_of(plant)
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in quarantined(plant, choice, paths):
        groups.setdefault(("quarantined", row["_faults"][0], ""), []).append(row)
    for row in other_records(plant, choice, paths):
        groups.setdefault(("quarantined", row["_faults"][0], row["feed"]), []).append(row)
    for row in rejected(plant, choice, paths):
        groups.setdefault(("rejected", row["reason"], ""), []).append(row)
    counted = [_counted(*name, rows, repair) for name, rows in sorted(groups.items())]
    lines = [_line(one) for one in counted] or [f"quarantine: nothing was set aside of {choice}"]
    return RunReport("quarantine", changed=False, lines=tuple(lines), data={"groups": counted})


def _counted(kind: str, fault: str, feed: str, rows: Sequence[Row], repair: Mapping[str, str]) -> dict[str, Any]:
    stated = [row.get("measured_at") or row.get("stated_at") for row in rows]
    times = sorted(at for at in stated if at is not None)
    return {
        "kind": kind, "fault": fault, "feed": feed or None, "records": sum(row.get("record_count", 1) for row in rows),
        "files": len({row["_file_id"] for row in rows}),
        "repaired": sum(row.get("replaced_by") in repair for row in rows),
        "first_at": times[0] if times else None, "last_at": times[-1] if times else None,
    }  # fmt: skip


def _line(one: Mapping[str, Any]) -> str:
    times = f", {one['first_at']:%Y-%m-%dT%H:%M:%SZ} to {one['last_at']:%Y-%m-%dT%H:%M:%SZ}" if one["first_at"] else ""
    repaired = f", {one['repaired']:,} repaired" if one["repaired"] else ""
    feed = f" of {one['feed']}" if one["feed"] else ""
    return f"{one['kind']} {one['fault']}{feed}: {one['records']:,} records of {one['files']:,} files{repaired}{times}"


def shown(plant: Plant, choice: Choice, limit: int) -> RunReport:
    """A line for each record, by file and line, up to a limit; `data` has their columns."""
    paths, repair = paths_of(plant), repair_of(plant)
    rows: list[dict[str, Any]] = [
        {**row, "repair_id": repair.get(row["replaced_by"] or "")} for row in quarantined(plant, choice, paths)
    ]
    rows += [*other_records(plant, choice, paths), *rejected(plant, choice, paths)]
    lines = [_record(row) for row in rows[:limit]]
    if len(rows) > limit:
        lines.append(f"and {len(rows) - limit:,} more; --limit N shows more, --fault, --file and others choose")
    lines = lines or [f"quarantine: nothing was set aside of {choice}"]
    return RunReport("quarantine", changed=False, lines=tuple(lines), data={"records": _plain(rows[:limit])})


def _record(row: Row) -> str:
    column = "" if row["_column"] is None else f" column {row['_column']}"
    place = f"{row['path']} line {row['_line']}{column}"
    if "reason" in row:
        return f"{place}: rejected {row['reason']}: {row['detail']}: {row['text']}"
    if "feed" in row:
        at = "" if row["stated_at"] is None else f" at {row['stated_at']:%Y-%m-%dT%H:%M:%SZ}"
        of = f" of {row['machine_id']}" if row["machine_id"] else ""
        return f"{place}: {', '.join(row['_faults'])}: {row['feed']} {row['code']}{of}{at}: {row['detail'] or ''}"
    repaired = f", repaired by {row['repair_id']}" if row["repair_id"] else ""
    stated = f"{row['sensor_id']} of {row['machine_id']} {row['metric']} {row['value']} {row['unit']}"
    return f"{place}: {', '.join(row['_faults'])}: {stated} at {row['measured_at']:%Y-%m-%dT%H:%M:%SZ}{repaired}"


def _plain(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows without bytes, which JSON has not."""
    return [{name: value for name, value in row.items() if not isinstance(value, bytes)} for row in rows]


def repaired(plant: Plant) -> RunReport:
    """A line for each repair, oldest first."""
    found = recorded(plant)
    lines = [
        f"{one.repair_id} {'undone' if one.is_undone else 'in force'}: {one.records:,} records of {len(one.files):,} "
        f"files, {one.rule}, by {one.who} at {one.at:%Y-%m-%dT%H:%M:%SZ}: {one.reason}"
        for one in found
    ]
    names = ("repair_id", "rule", "reason", "who", "at", "records", "is_undone")
    data = [{name: getattr(one, name) for name in names} for one in found]
    return RunReport("quarantine", False, tuple(lines or ["quarantine: no repair was made"]), {"repairs": data})
