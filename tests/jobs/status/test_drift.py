"""What the status and the alerts say of drift."""

from datetime import UTC, date, datetime
from pathlib import Path

from jobs.alerts.condition import Severity
from jobs.status.conditions import conditions_of
from jobs.status.drift_state import drift_state
from jobs.status.facts import DriftState, Facts
from jobs.status.messages.drift import drift_items
from tests.report.lakes import plant_at, put

UNTIL = date(2026, 3, 15)


def row(feature: str, verdict: str, scope: str = "fleet", name: str = "fleet", day: int = 15) -> dict[str, object]:
    return {
        "scope": scope, "name": name, "source": "features", "feature": feature, "until_date": date(2026, 3, day),
        "verdict": verdict, "reasons": [],
    }  # fmt: skip


def test_the_newest_date_counts_and_machines_do_not(tmp_path: Path) -> None:
    plant = plant_at(tmp_path)
    put(plant, "gold.drift", [
        row("heat", "DRIFT", day=14), row("noise", "DRIFT"), row("heat", "NO_DRIFT"), row("flat", "INSUFFICIENT_DATA"),
        row("load", "WARN"), row("heat", "DRIFT", "gateway", "g1"), row("heat", "DRIFT", "machine", "M1"),
    ])  # fmt: skip

    assert drift_state(plant) == DriftState(UNTIL, 4, {"fleet": ("noise",), "gateway g1": ("heat",)})


def test_a_lake_without_drift_has_nothing_to_say(tmp_path: Path) -> None:
    assert drift_state(plant_at(tmp_path)) is None


def test_a_drift_is_one_condition_of_its_scope_and_closes_when_it_is_over() -> None:
    def found(drifting: dict[str, tuple[str, ...]]) -> list[tuple[str, Severity, str]]:
        facts = Facts(datetime(2026, 3, 16, tzinfo=UTC), "p", "lake", 0.1, drift=DriftState(UNTIL, 9, drifting))
        return [(one.key, one.severity, one.subject) for one in conditions_of(facts)]

    many = tuple(f"f{number}" for number in range(7))
    assert found({"fleet": many, "gateway g1": ("heat",)}) == [
        ("drift/fleet", Severity.WARNING,
         "fleet: f0, f1, f2, f3, f4 and 2 more drift in the window that ends 2026-03-15"),
        ("drift/gateway g1", Severity.WARNING, "gateway g1: heat drift in the window that ends 2026-03-15"),
    ]  # fmt: skip
    assert found({}) == []


def test_where_nothing_drifts_one_line_says_of_how_many() -> None:
    (item,) = drift_items(DriftState(UNTIL, 1_234, {}))

    assert item.text == "none of 1,234 features and scores drifts in the window that ends 2026-03-15"
    assert not item.needs_a_person


def test_a_champion_that_got_worse_is_a_condition_and_one_that_did_not_is_none() -> None:
    def found(worse: tuple[str, ...]) -> list[tuple[str, str]]:
        facts = Facts(datetime(2026, 3, 16, tzinfo=UTC), "p", "lake", 0.1, worse=worse)
        return [(one.key, one.subject) for one in conditions_of(facts)]

    assert found(("1 failure missed in the week of 2026-03-09", "recall 75% in it")) == [
        ("model_worse/champion", "the champion: 1 failure missed in the week of 2026-03-09; recall 75% in it")
    ]
    assert found(()) == []


def test_a_version_that_waits_for_a_person_is_a_condition() -> None:
    (one,) = conditions_of(Facts(datetime(2026, 3, 16, tzinfo=UTC), "p", "lake", 0.1, waiting="v-1"))

    assert (one.key, one.subject) == (
        "model_waits/challenger",
        "version v-1 passed its gate and waits for a person's yes",
    )


def test_a_champion_that_cannot_score_is_a_critical_condition() -> None:
    (one,) = conditions_of(Facts(datetime(2026, 3, 16, tzinfo=UTC), "p", "lake", 0.1, unsealed="v-2"))

    assert (one.key, one.severity) == ("model_unsealed/champion", Severity.CRITICAL)
    assert one.subject.startswith("no bundle holds the champion v-2: this lake makes no scores")
