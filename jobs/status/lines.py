"""The status for a terminal and for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from jobs.alerts.condition import Severity
from jobs.alerts.listing import as_data as alerts_data
from jobs.alerts.listing import channel_data
from jobs.status.facts import Facts
from jobs.status.item import Item

_MARKS = {None: "ok", Severity.INFO: "note", Severity.WARNING: "ACT", Severity.CRITICAL: "ACT!"}


def headline(facts: Facts, items: Sequence[Item]) -> str:
    """The first line: where, when, and how much needs a person."""
    needed = sum(item.needs_a_person for item in items)
    state = f"{needed} thing{' needs' if needed == 1 else 's need'} a person" if needed else "nothing needs a person"
    return f"plant {facts.plant}, lake {facts.lake}, {facts.at:%Y-%m-%d %H:%M} UTC: {state}"


def lines(facts: Facts, items: Sequence[Item]) -> tuple[str, ...]:
    """One screen: a line for each item under its section, and the next step below what needs a person."""
    shown, section = [headline(facts, items)], ""
    for item in items:
        if item.section != section:
            section = item.section
            shown.append(section)
        shown.append(f"  {_MARKS[item.severity]:<4}  {item.text}")
        if item.step:
            shown.append(f"        do: {item.step}")
    return tuple(shown)


def as_data(facts: Facts, items: Sequence[Item]) -> dict[str, Any]:
    """The facts and the items that follow from them, for programs."""
    listed = alerts_data(facts.alerts or (), facts.at) | channel_data(facts.channels or (), facts.at)
    listed_items = [
        {
            "section": item.section,
            "severity": item.severity.word if item.severity else "ok",
            "text": item.text,
            "step": item.step,
            "key": item.key,
        }
        for item in items
    ]
    return {
        "plant": facts.plant,
        "lake": facts.lake,
        "needs_a_person": sum(item.needs_a_person for item in items),
        "items": listed_items,
        "runs": [_run(asdict(run)) for run in facts.runs or ()],
        "files": asdict(facts.landed) if facts.landed else None,
        "set_aside": _set_aside(facts),
        "alerts": listed["alerts"],
        "channels": listed["channels"],
        "engine": asdict(facts.engine) if facts.engine else None,
        "disks": [asdict(disk) for disk in facts.disks or ()],
        "tables": asdict(facts.tables) if facts.tables else None,
        "troubles": [asdict(trouble) for trouble in facts.troubles],
    }


def _run(run: dict[str, Any]) -> dict[str, Any]:
    allowed = run.pop("allowed")
    return {**run, "allowed_s": allowed.total_seconds() if allowed else None}


def _set_aside(facts: Facts) -> dict[str, Any] | None:
    if facts.set_aside is None:
        return None
    found = asdict(facts.set_aside)
    found["units"] = [{"metric": metric, "unit": unit, "readings": n} for (metric, unit), n in found["units"].items()]
    return found
