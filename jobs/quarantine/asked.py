"""What a person asks of `assay quarantine`, and who answers."""

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bronze.repairs import Rule
from expectations.codes import REASONS
from expectations.plant.file import load_profile
from expectations.tables.plant_rules import aside_rules
from expectations.tables.silver import FAULTS
from jobs.quarantine.chosen import EVENT_FAULTS, Choice
from jobs.quarantine.clocks import clocks
from jobs.quarantine.listing import listed, repaired, shown
from jobs.quarantine.replay import Asked, replay
from jobs.quarantine.undo import undo
from jobs.runtime.clock import checked, wall_clock
from jobs.runtime.load_plant import load_plant
from jobs.runtime.prepared import open_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError

WRITES = ("replay", "undo")


@dataclass(frozen=True, slots=True)
class Question:
    """An action of `assay quarantine` and its options.

    Attributes:
        action: list, show, clocks, replay, undo or repairs.
        names: What is named behind it: of undo the repair.
        choice: Which records.
        rule: What is done to them.
        reason: Why, of what writes.
        limit: Most records that are shown.
        is_applied: What would be written is written.
        at: When it is done; None: now.
    """

    action: str
    names: tuple[str, ...]
    choice: Choice
    rule: Rule
    reason: str
    limit: int
    is_applied: bool
    at: datetime | None = None


def answer(settings: Settings, asked: Question) -> RunReport:
    """Do what is asked.

    Raises:
        UsageError: It is asked otherwise than it can be, or as `replay` and `undo`.
    """
    _check(asked, [rule.code for rule in aside_rules(load_profile(settings.plant))])
    plant = open_plant(settings) if asked.action in WRITES else load_plant(settings)
    if asked.action == "list":
        return listed(plant, asked.choice)
    if asked.action == "show":
        return shown(plant, asked.choice, asked.limit)
    if asked.action == "repairs":
        return repaired(plant)
    if asked.action == "clocks":
        return clocks(plant, asked.choice)
    at = checked(asked.at or wall_clock(), plant.profile)
    if asked.action == "undo":
        return undo(plant, settings, asked.names[0], at, asked.reason, is_applied=asked.is_applied)
    made = Asked(asked.choice, asked.rule, asked.reason, getpass.getuser(), at, asked.is_applied)
    return replay(plant, settings, made)


def _check(asked: Question, own: Sequence[str]) -> None:
    """Raises UsageError: an option is missing, or means nothing to the action."""
    asked.choice.check(own)
    if len(asked.names) != (asked.action == "undo"):
        legal = "assay quarantine undo REPAIR" if asked.action == "undo" else f"assay quarantine {asked.action}"
        raise UsageError(f"got {len(asked.names)} names behind {asked.action}; legal: {legal} and options")
    if asked.action == "undo" and asked.choice != Choice():
        raise UsageError(f"got {asked.choice} with undo, which undoes all of a repair; legal: with list, show, replay")
    if asked.action not in WRITES and (asked.reason or asked.is_applied):
        option = "--reason" if asked.reason else "--apply"
        raise UsageError(f"got {option} with {asked.action}; legal: with {' and '.join(WRITES)}; --fault chooses")
    if asked.action == "replay" and asked.choice.fault in set(EVENT_FAULTS) - {*FAULTS, *own, *REASONS}:
        raise UsageError(
            f"got --fault {asked.choice.fault} with replay, which repairs readings; legal: list and show; put a "
            "corrected file at the path of the record instead"
        )
    if asked.is_applied and not asked.reason:
        raise UsageError("got --apply without a reason; legal: --apply --reason WHY, which is stored with the repair")
    if asked.action != "replay" and not asked.rule.is_empty:
        raise UsageError(f"got {asked.rule} with {asked.action}; legal: with replay only")
