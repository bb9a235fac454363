"""Records that are no readings and were set aside: listed and shown, and not repaired by a rule of readings."""

from decimal import Decimal

import pytest

from bronze.repairs import Rule
from jobs.quarantine.asked import Question, answer
from jobs.quarantine.chosen import Choice
from lakehouse.errors import UsageError
from tests.jobs.commands.test_small_feeds import AS_OF, HEADER, HEARTBEATS, MAPPING
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

EVERY, NO_RULE = Choice(), Rule()
AT = "2026-03-01T06:00:00Z"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Plane:
    root = tmp_path_factory.mktemp("aside")
    plane = Plane(root, "none", str(write_small_plant(root, answers=MAPPING, heartbeats=HEARTBEATS)), AS_OF)
    plane.land("answers/1.csv", f"{HEADER}2026-03-01T06:00:00Z,M1,perhaps,rossi,\n")
    plane.land("gateways/1.jsonl", '{"ts": "2026-03-01T06:00:00Z", "gw": "G1", "batt": 300.0}\n')
    plane.land("lines/1.jsonl", line("2026-03-01T06:00:00Z", 999.0) + line("2026-03-01T07:00:00Z"))
    plane.ingest()
    plane.silver()
    return plane


def _asked(plane: Plane, action: str, choice: Choice = EVERY, rule: Rule = NO_RULE, reason: str = "") -> list[str]:
    question = Question(action, (), choice, rule, reason, 20, is_applied=False, at=AS_OF)
    return list(answer(plane.settings, question).lines)


def test_each_is_counted_with_its_feed_beside_readings(plane: Plane) -> None:
    assert _asked(plane, "list") == [
        f"quarantined impossible_value of heartbeats: 1 records of 1 files, {AT} to {AT}",
        f"quarantined unknown_answer of answers: 1 records of 1 files, {AT} to {AT}",
        f"quarantined value_out_of_range: 1 records of 1 files, {AT} to {AT}",
    ]


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        (Choice(machine="M1"), ["unknown_answer", "value_out_of_range"]),
        (Choice(file="gateways/*"), ["impossible_value"]),
        (Choice(fault="unknown_answer"), ["unknown_answer"]),
        (Choice(sensor="S1"), ["value_out_of_range"]),
        (Choice(since=AS_OF), []),
    ],
)
def test_they_are_chosen_as_readings_are(plane: Plane, choice: Choice, found: list[str]) -> None:
    words = " ".join(_asked(plane, "show", choice))

    faults = ("impossible_value", "unknown_answer", "value_out_of_range")
    assert [fault for fault in faults if f": {fault}: " in words] == found


def test_one_is_shown_with_its_place_and_what_it_says(plane: Plane) -> None:
    assert _asked(plane, "show", Choice(fault="unknown_answer")) == [
        'answers/1.csv line 2: unknown_answer: answers perhaps of M1 at 2026-03-01T06:00:00Z: {"answered_by": "rossi"}'
    ]


def test_what_means_nothing_to_an_action_is_refused(plane: Plane) -> None:
    with pytest.raises(UsageError, match="got --reason with list; legal: with replay and undo"):
        _asked(plane, "list", reason="unknown_answer")
    with pytest.raises(UsageError, match=r"got --fault unknown_answer with replay.*put a corrected file"):
        _asked(plane, "replay", Choice(fault="unknown_answer"), Rule(scale=Decimal(2)))
