"""Registry rows as tests set them: a version is given the gate's yes, or the crown past its gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from ml.gates.registry import promotion


def champion_of(settings: Settings) -> str | None:
    """The version in force."""
    return registry.champion(load_plant(settings))


def crown(settings: Settings, version: str) -> None:
    """Make a version champion past its gate."""
    plant = load_plant(settings)
    history = registry.aliases(plant)
    registry.append_aliases(plant, promotion(history, version, history[-1].set_at, "test", "test"))


def say_yes(settings: Settings, version: str) -> None:
    """Let the gate say yes to a version against the champion of the day, an hour after it said something else."""
    plant = load_plant(settings)
    made = registry.decision(plant, version, registry.champion(plant))
    assert made is not None
    later = made.decided_at + timedelta(hours=1)
    yes = replace(made, decided_at=later, verdict="PASS", is_promoted=True, report=made.report + " ")
    registry.append_decision(plant, yes)
