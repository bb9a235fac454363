"""Every message about the facts, in the order of the screen."""

from collections.abc import Iterator

from jobs.alerts.condition import Severity
from jobs.status.facts import Facts
from jobs.status.item import Item
from jobs.status.messages.costs import cost_items
from jobs.status.messages.drift import drift_items, unsealed_item, waiting_item, worse_items
from jobs.status.messages.equipment import equipment_items
from jobs.status.messages.files import landed_items, set_aside_items
from jobs.status.messages.losses import loss_items
from jobs.status.messages.machine import alert_items, channel_items, disk_items, engine_items
from jobs.status.messages.machines import machine_items
from jobs.status.messages.missed import missed_items
from jobs.status.messages.rules import rule_items
from jobs.status.messages.runs import run_items
from jobs.status.messages.safety import safety_items
from jobs.status.messages.sensors import sensor_items
from jobs.status.messages.standing import standing_items
from jobs.status.messages.tables import table_items

SECTIONS = (
    "trouble", "runs", "late", "files", "set aside", "rules", "losses", "safety", "alarms", "costs", "drift",
    "machines", "sensors", "equipment", "alerts", "engine", "disk", "lake",
)  # fmt: skip


def items(facts: Facts) -> tuple[Item, ...]:
    """Every item, by section; pure."""
    return tuple(sorted(_items(facts), key=lambda item: SECTIONS.index(item.section)))


def _items(facts: Facts) -> Iterator[Item]:
    for trouble in facts.troubles:
        yield Item(
            "trouble", f"{trouble.part}: {trouble.reason}", Severity.CRITICAL, trouble.step, f"trouble/{trouble.part}"
        )
    yield from _of_data(facts)
    yield from _of_machine(facts)


def _of_data(facts: Facts) -> Iterator[Item]:
    """Runs, records, safety functions, costs, drift, models, sensors, equipment, tables."""
    if facts.runs is not None:
        yield from run_items(facts.runs, facts.at)
    yield from _of_records(facts)
    if facts.safety is not None:
        yield from safety_items(facts.safety, facts.at)
    if facts.costs is not None:
        yield from cost_items(facts.costs)
    if facts.drift is not None:
        yield from drift_items(facts.drift)
    yield from _of_models(facts)
    if facts.sensors is not None:
        yield from sensor_items(facts.sensors)
    if facts.equipment is not None:
        yield from equipment_items(facts.equipment, facts.at)
    if facts.tables is not None:
        yield from table_items(facts.tables, facts.lake, facts.at)


def _of_records(facts: Facts) -> Iterator[Item]:
    """Files, what was set aside or lost, rules."""
    if facts.landed is not None:
        yield from landed_items(facts.landed, facts.at)
    if facts.set_aside is not None:
        yield from set_aside_items(facts.set_aside, facts.at)
    if facts.rules is not None:
        yield from rule_items(facts.rules)
    if facts.losses is not None:
        yield from loss_items(facts.losses)


def _of_models(facts: Facts) -> Iterator[Item]:
    """A champion that got worse or cannot score, active alarms, failures that none announced, machines as they are."""
    if facts.worse is not None:
        yield from worse_items(facts.worse)
    if facts.unsealed is not None:
        yield unsealed_item(facts.unsealed)
    if facts.waiting is not None:
        yield waiting_item(facts.waiting)
    if facts.standing is not None:
        held = {one.condition.key for one in facts.alerts or () if one.is_acknowledged(facts.at)}
        yield from standing_items(facts.standing, held, facts.at, facts.answered_within)
    if facts.missed is not None:
        yield from missed_items(facts.missed)
    if facts.machines is not None:
        yield from machine_items(facts.machines)


def _of_machine(facts: Facts) -> Iterator[Item]:
    """Alerts and their channels, engine, disks."""
    if facts.alerts is not None:
        yield from alert_items(facts.alerts, facts.at)
    if facts.channels is not None:
        yield from channel_items(facts.channels, facts.at)
    if facts.engine is not None:
        yield from engine_items(facts.engine)
    if facts.disks is not None:
        yield from disk_items(facts.disks, facts.least_free)
