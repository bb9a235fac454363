"""The model card's list of what each training came to."""

from datetime import UTC, datetime

from report.queries.answers import GateAnswer, _answer
from report.sections.answers import answer_lines

CHECKS = [
    {"name": "paired_failures", "verdict": "INSUFFICIENT_DATA", "text": "failures: 23, needed 50"},
    {"name": "saving", "verdict": "FAIL", "text": "saving: -17,000, needed more than 0"},
    {"name": "recall_difference", "verdict": "PASS", "text": "recall: 0, needed -0.05"},
    {"name": "forest_recall_against_chance", "verdict": "WARN", "text": "forest's recall"},
]


def answered(*, is_promoted: bool, reason: str | None = "monthly") -> GateAnswer:
    row = {"version": "b", "champion": "a", "decided_at": datetime(2026, 3, 31, 0, 10, tzinfo=UTC), "verdict": "WARN",
           "is_promoted": is_promoted, "reason": reason}  # fmt: skip
    return _answer(row, {"gate": "challenger", "checks": CHECKS})


def test_a_refusal_shows_what_refused_and_a_promotion_what_it_is_better_by() -> None:
    assert answered(is_promoted=False).why == ("failures: 23, needed 50", "saving: -17,000, needed more than 0")
    assert answered(is_promoted=True).why == ("saving: -17,000, needed more than 0", "recall: 0, needed -0.05")


def test_each_training_is_a_line_with_its_reason() -> None:
    first, second = answer_lines((answered(is_promoted=True, reason=None), answered(is_promoted=False)))

    assert (first.came, first.reason, first.against) == ("became champion", "no reason given", "a")
    assert (second.came, second.reason, second.verdict) == ("refused", "monthly", "WARN")


def test_one_answer_alone_is_no_list() -> None:
    assert answer_lines((answered(is_promoted=True),)) == ()
