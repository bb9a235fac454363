"""The demo's end: counts against the injected ones, and what must stand there beside."""

from typing import Any

import pytest

from jobs.demo.check import differences, faults

TRUTH = {
    "feeds": {
        "readings": {"records": 10, "accepted": 6, "duplicate": 1, "blank": 0, "quarantined": {"unknown_unit": 2},
                     "rejected": {"not_json": 1}},
        "errors": {"records": 2, "accepted": 1, "duplicate": 0, "blank": 0, "quarantined": {},
                   "rejected": {"not_json": 1}},
    }
}  # fmt: skip


def summary() -> dict[str, Any]:
    """What a platform says that counted right."""
    readings = {"records": 10, "accepted": 6, "duplicate": 1, "blank": 0, "quarantined": 2, "rejected": 1}
    errors = {"records": 2, "accepted": 1, "duplicate": 0, "blank": 0, "quarantined": 0, "rejected": 1}
    alerts = {"records": 5, "accepted": 5, "duplicate": 0, "blank": 0, "quarantined": 0, "rejected": 0}
    return {
        "accounting": {"readings": readings, "errors": errors, "alerts": alerts},
        "quarantine": {"unknown_unit": 2}, "rejected": {"not_json": 2},
        "model": {"version": "0123"}, "bundle": {"file": "a.assay", "bundle": "simulated@1.0.0+1"},
        "scores": {"batch": 9, "edge": 6, "pairs": 6, "equal_digests": 5, "equal_margins": 5, "equal_path_lengths": 5},
    }  # fmt: skip


def test_a_demo_that_ended_well_has_no_fault() -> None:
    assert faults(TRUTH, summary()) == []


@pytest.mark.parametrize(
    ("part", "name", "count", "words"),
    [
        ("readings", "accepted", 7, "readings: accepted: 7 counted, 6 injected"),
        ("errors", "blank", 1, "errors: blank: 1 counted, 0 injected"),
        ("quarantine", "unknown_unit", 1, "quarantined: unknown_unit: 1 counted, 2 injected"),
        ("rejected", "not_utf8", 1, "rejected: not_utf8: 1 counted, 0 injected"),
    ],
)
def test_each_count_that_differs_is_named(part: str, name: str, count: int, words: str) -> None:
    said = summary()
    said["accounting"].get(part, said.get(part))[name] = count

    assert differences(TRUTH, said) == [words]


def test_a_gateway_or_certificate_that_is_not_found_or_never_was_is_named() -> None:
    truth = {**TRUTH, "equipment": {"silent": {"g1": "2026-03-29T05:05:00Z"}, "ending": {"g2": "2026-04-12T00:00:00Z"}}}

    assert faults(truth, {**summary(), "equipment": {"silent": ["g1"], "ending": ["bremen/g2"]}}) == []
    assert faults(truth, {**summary(), "equipment": {"silent": ["g1", "g3"], "ending": []}}) == [
        "equipment: silent: g1, g3 found, g1 injected", "equipment: ending: none found, g2 injected",
    ]  # fmt: skip
    assert len(faults(truth, {**summary(), "equipment": None})) == 2


def test_a_feed_that_the_platform_has_not_is_named() -> None:
    said = summary()
    del said["accounting"]["errors"]

    assert differences(TRUTH, said)[0] == "errors: records: 0 counted, 2 injected"


def test_a_feed_that_nobody_injected_must_add_up_too() -> None:
    said = summary()
    said["accounting"]["alerts"]["accepted"] = 4

    assert faults(TRUTH, said) == [
        "alerts: the classes add up to 4, 5 records were counted; legal: each record in exactly one class"
    ]


@pytest.mark.parametrize(
    ("part", "found", "words"),
    [
        ("model", None, "model: there is no champion; legal: one that its gate let through"),
        ("bundle", None, "bundle: there is none; legal: one that carries the champion"),
        (
            "bundle",
            {"file": "a.assay", "problem": "the signature does not hold"},
            "bundle: a.assay is refused: the signature does not hold; legal: one that opens",
        ),
    ],
    ids=["no champion", "no bundle", "a bundle that is refused"],
)
def test_what_the_road_did_not_make_is_named(part: str, found: dict[str, str] | None, words: str) -> None:
    assert faults(TRUTH, {**summary(), part: found}) == [words]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"edge": 0, "pairs": 0, "equal_digests": 0, "equal_margins": 0, "equal_path_lengths": 0},
            "scores: no pair among 9 batch and 0 edge scores; legal: at least one row scored by both with one bundle",
        ),
        (
            {"equal_digests": 0, "equal_margins": 0, "equal_path_lengths": 0},
            "scores: no equal feature digests in 6 pairs; "
            "legal: equal ones wherever no data came after the gateway had scored",
        ),
        (
            {"equal_margins": 4},
            "scores: 4 equal margins in 5 pairs with equal feature digests; legal: 5",
        ),
        (
            {"equal_path_lengths": 0},
            "scores: 0 equal path lengths in 5 pairs with equal feature digests; legal: 5",
        ),
    ],
    ids=["no pair", "no equal features", "another margin", "another path length"],
)
def test_scores_that_do_not_prove_that_plant_and_edge_agree_are_named(changed: dict[str, int], words: str) -> None:
    said = summary()
    said["scores"] |= changed

    assert faults(TRUTH, said) == [words]
