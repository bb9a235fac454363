"""The lists of legal codes say what the code can write, no more and no less."""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from bronze.files import Outcome
from domain import intervention
from domain.record import reasons
from edge_bundle.format import decision
from edge_bundle.gateway.scoring.alerts import SEVERITIES
from expectations import codes
from expectations.feeds import FEEDS
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import EVENT_KINDS
from expectations.tables import bronze, gold, silver
from expectations.tables.catalogue import render_catalogue
from expectations.tables.registry import tables
from ml.gates import registry
from ml.gates.failure_gate import Verdict
from silver.rulebook import FAULT_CODES
from tests.architecture.sources import REPO, python_files

PROFILE = load_profile("simulated")


def texts_in(*rooms: str) -> set[str]:
    """Every text that the code of some folders holds."""
    trees = [ast.parse((REPO / path).read_text(encoding="utf-8")) for path in python_files(*rooms)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        (codes.OUTCOMES, [outcome.value for outcome in Outcome]),
        (codes.OUTCOMES, bronze.OUTCOMES),
        (codes.REASONS, [value for name, value in vars(reasons).items() if name.isupper()]),
        (codes.KINDS, EVENT_KINDS),
        (codes.DECISIONS, decision.DECISIONS),
        (codes.DECISIONS, gold.DECISIONS),
        (codes.SOURCES, gold.SOURCES),
        (codes.SHIFTS, [shift.name for shift in PROFILE.shifts]),
        (codes.SHIFTS, silver.SHIFTS),
        (codes.SEVERITIES, [word for word in SEVERITIES if word]),
        (codes.ALIASES, [registry.CHAMPION, registry.CHALLENGER, registry.PREVIOUS, registry.RETIRED]),
        (codes.INTERVENTION_REASONS, [intervention.CONDITION_BASED, intervention.STANDING_ALARM]),
        (codes.FINDINGS, [intervention.CONFIRMED, intervention.REFUTED]),
        (codes.VERDICTS, [verdict.value for verdict in Verdict]),
        (silver.FAULTS, [name for name in FAULT_CODES if name]),
        ({name.lower(): "" for name in list(codes.ALERT_CODES)[2:]}, decision.ASKED_BY),
    ],
    ids=[
        "outcome", "outcome of the table", "reason", "kind", "decision", "decision of the table", "source", "shift",
        "shift of the table", "severity", "alias", "reason of an intervention", "finding", "verdict", "fault",
        "threshold",
    ],
)  # fmt: skip
def test_a_list_is_in_step_with_the_code(listed: Mapping[str, str], written: Iterable[str]) -> None:
    assert set(listed) == set(written)


@pytest.mark.parametrize(
    ("listed", "rooms"),
    [(list(codes.ALERT_CODES)[:2], "edge_bundle"), (codes.MODEL_KINDS, "ml"), (codes.REASONS, "domain")],
    ids=["alerts", "models", "reasons"],
)
def test_every_code_is_written_somewhere(listed: Iterable[str], rooms: str) -> None:
    assert set(listed) <= texts_in(rooms)


@pytest.mark.parametrize("reason", [name for name in vars(reasons) if name.isupper()])
def test_every_reason_is_used_by_a_reader(reason: str) -> None:
    readers = [path for path in python_files("bronze", "domain") if path != Path("domain/record/reasons.py")]

    assert any(f"reasons.{reason}" in (REPO / path).read_text(encoding="utf-8") for path in readers)


def test_every_column_with_legal_values_has_its_list() -> None:
    listed = {column: found.codes for found in codes.CODE_SETS for column in found.columns}
    known = tables(PROFILE)
    for name in listed:
        place, _, held = name.rpartition(".")
        assert held in known[place].column_names

    for table in known.values():
        for column in table.columns:
            if column.allowed:
                assert set(column.allowed) == set(listed[f"{table.name}.{column.name}"])


def test_feeds_are_listed_with_their_meaning() -> None:
    (feeds,) = [found.codes for found in codes.CODE_SETS if "bronze.files.feed" in found.columns]

    assert feeds == {name: feed.description for name, feed in FEEDS.items()}


def test_every_code_is_on_the_page() -> None:
    page = render_catalogue(PROFILE)

    for found in codes.CODE_SETS:
        for column in found.columns:
            assert f"`{column}`" in page
        for code, meaning in found.codes.items():
            assert f"| `{code}` | {meaning} |" in page
