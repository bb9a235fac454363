"""Every fact, looked at part by part: a part that cannot be looked at hides no other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from deltalake.exceptions import DeltaError
from pyarrow import ArrowException

from expectations.errors import ContractError
from expectations.mapping.folder import Mappings
from expectations.plant.file import load_profile
from expectations.policy.file import load_policy
from jobs.alerts.channel_states import channel_views
from jobs.alerts.observing import open_alerts
from jobs.drift.champion_weeks import got_worse
from jobs.drift.policy import policy_of
from jobs.runtime.exits import sentence
from jobs.runtime.settings import Settings
from jobs.status.approval_state import waiting_version
from jobs.status.cost_state import cost_state
from jobs.status.drift_state import drift_state
from jobs.status.equipment_state import EquipmentLimits, equipment_state
from jobs.status.facts import Facts, Trouble
from jobs.status.lake_state import lake_state
from jobs.status.landed import landed
from jobs.status.loss_state import loss_state
from jobs.status.machine import disks, engine
from jobs.status.machine_state import machine_state
from jobs.status.missed_state import missed_state
from jobs.status.rule_state import rule_state
from jobs.status.runs import run_facts
from jobs.status.safety_state import safety_state
from jobs.status.sensor_state import sensor_state
from jobs.status.set_aside import set_aside
from jobs.status.standing_state import standing_state
from jobs.status.unsealed_state import unsealed_champion
from lakehouse.errors import JobError, UsageError
from lakehouse.lake import Lake
from lakehouse.plant import Plant, check_owner
from ml.policy import Policy

Found = TypeVar("Found")


def collect(settings: Settings, now: datetime) -> Facts:
    """What is known at `now`. Nothing is written, no lock is taken, no engine is started."""
    troubles: list[Trouble] = []
    look = partial(_look, troubles)
    plant = look("plant", lambda: _plant(settings))
    numbers = look("policy", lambda: policy_of(load_policy(settings.plant)))
    return Facts(
        at=now,
        plant=plant.profile.name if plant else settings.plant,
        lake=str(settings.lake),
        least_free=int(settings.least_free.removesuffix("%")) / 100,
        runs=look("runs", lambda: run_facts(settings)),
        landed=look("files", lambda: landed(settings, plant.profile, plant.lake)) if plant else None,
        set_aside=look("set aside", lambda: set_aside(plant, now)) if plant else None,
        alerts=look("alerts", lambda: open_alerts(settings.state)),
        channels=look("alerts", lambda: channel_views(settings.state)),
        engine=look("engine", lambda: engine(settings)),
        disks=look("disk", lambda: disks(settings)),
        safety=look("safety", lambda: safety_state(plant)) if plant else None,
        costs=look("costs", lambda: cost_state(plant)) if plant else None,
        losses=look("losses", lambda: loss_state(plant)) if plant else None,
        drift=look("drift", lambda: drift_state(plant)) if plant else None,
        sensors=look("sensors", lambda: sensor_state(plant)) if plant else None,
        rules=look("rules", lambda: rule_state(plant)) if plant else None,
        worse=look("models", lambda: got_worse(plant, numbers)) if plant and numbers else None,
        unsealed=look("models", lambda: unsealed_champion(plant, now)) if plant else None,
        waiting=look("models", lambda: waiting_version(plant, numbers)) if plant and numbers else None,
        missed=look("models", lambda: missed_state(plant, now, numbers.missed_case_days))
        if plant and numbers
        else None,
        standing=look("alarms", lambda: standing_state(plant, now, numbers.alarm_rule)) if plant and numbers else None,
        answered_within=timedelta(hours=(numbers or Policy()).unanswered_alarm_hours),
        machines=look("machines", lambda: machine_state(plant)) if plant else None,
        equipment=look(
            "equipment",
            lambda: equipment_state(plant, now, EquipmentLimits.of(numbers)),
        )
        if plant and numbers
        else None,
        tables=look("lake", lambda: lake_state(settings, plant, now)) if plant else None,
        troubles=tuple(troubles),
    )


def _plant(settings: Settings) -> Plant:
    """The profile and the lake, with no mapping: one that cannot be read is a fact of its own."""
    plant = Plant(load_profile(settings.plant), Mappings(), Lake(settings.lake))
    check_owner(plant.lake, plant.profile)
    return plant


def _look(troubles: list[Trouble], part: str, look: Callable[[], Found]) -> Found | None:
    """One part; None, and a trouble, where it cannot be looked at: what is damaged hides its part only."""
    try:
        return look()
    except (UsageError, ContractError) as error:
        troubles.append(Trouble(part, sentence(error), "correct what the sentence names"))
    except (JobError, DeltaError, ArrowException, OSError, ValueError) as error:
        why = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
        troubles.append(Trouble(part, why, "run `assay doctor`: it names what is damaged"))
    return None
