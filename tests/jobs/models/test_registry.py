"""The registry's tables say the newest decision, also where it says what an older one said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from expectations.tables.gold import GATE_DECISIONS
from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from tests.support.model_lake import clone


def test_a_decision_that_is_taken_again_after_another_is_the_newest(sealed_lake: Settings, tmp_path: Path) -> None:
    plant = load_plant(clone(sealed_lake, tmp_path))
    version = str(registry.champion(plant))
    first = registry.decision(plant, version, None)
    assert first is not None
    other = replace(first, decided_at=first.decided_at + timedelta(hours=1), report=first.report + " ")
    again = replace(first, decided_at=first.decided_at + timedelta(hours=2))

    written = [registry.append_decision(plant, row) for row in (other, other, again, again)]

    assert written == [True, False, True, False]
    assert registry.decision(plant, version, None) == again
    assert plant.lake.arrow(GATE_DECISIONS).num_rows == 3
