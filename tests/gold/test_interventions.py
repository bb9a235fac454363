"""The table of interventions: from records, from the scores and alerts that people saw, and over a move."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.intervention import Observation, WorkRules, standing_at
from domain.score_alarm import score_rule
from expectations.feeds import FEEDS
from expectations.tables.bronze import feed_table
from expectations.tables.gold import PREDICTIONS
from expectations.tables.machine_keys import NO_MOVES, Moves, machine_key
from expectations.tables.silver import MACHINE_EVENTS
from expectations.tables.silver_feeds import ALARM_ANSWERS
from gold import interventions
from gold.seen_alarms import SCORES, observed
from tests.support.arrow_rows import arrow
from tests.support.frames import at

HOUR_US = 3_600_000_000
RULES = WorkRules(
    condition_based=(("code", "corrective"),), scheduled=(("detail", "planned"),),
    confirmed=(("state", "defect"),), refuted=(("state", "nothing"),),
)  # fmt: skip


def _work(time: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "maintenance", "code": "bearing", "occurred_at": at(time), **changes}


def _score(time: str, decision: str = "none", **changes: Any) -> dict[str, Any]:
    return {"scored_at": at(time), "source": "edge", "decision": decision, **changes}


def _found(
    works: list[dict[str, Any]], scores: tuple[dict[str, Any], ...] = (),
    alerts: tuple[dict[str, Any], ...] = (), moves: Moves = NO_MOVES,
) -> list[tuple[str, datetime, str]]:  # fmt: skip
    rows = _rows(works, (), scores, alerts, moves)
    return [(row["factory_id"], row["occurred_at"], row["reason"]) for row in rows]


def _rows(
    works: list[dict[str, Any]], answers: tuple[dict[str, Any], ...], scores: tuple[dict[str, Any], ...],
    alerts: tuple[dict[str, Any], ...] = (), moves: Moves = NO_MOVES,
) -> list[dict[str, Any]]:  # fmt: skip
    record = interventions.Record(arrow(MACHINE_EVENTS, *works), arrow(ALARM_ANSWERS, *answers))
    seen = observed(
        arrow(PREDICTIONS, *scores), arrow(feed_table(FEEDS["alerts"]), *alerts), moves,
        interventions.serviced(record, moves), score_rule(),
    )  # fmt: skip
    built: pa.Table = interventions.build(record, seen, moves, RULES, score_rule())
    return list(built.to_pylist())


def test_without_maintenance_there_is_none() -> None:
    assert _found([{"kind": "failure", "code": "corrective", "occurred_at": at("03-03 10:00")}]) == []


def test_work_on_record_as_condition_based_needs_no_alarm() -> None:
    works = [_work("03-03 10:00", code="corrective"), _work("03-04 10:00", detail="planned"), _work("03-05 10:00")]

    assert _found(works) == [("F1", at("03-03 10:00"), "condition_based")]


def test_work_in_an_alarm_of_a_gateway_is_one() -> None:
    scores = tuple(_score(f"03-03 {hour:02}:00", "watch" if hour in (8, 9) else "none") for hour in range(6, 14))
    works = [_work("03-03 08:00"), _work("03-03 11:30"), _work("03-03 12:00"), _work("03-03 11:00", machine_id="M2")]

    assert _found(works, scores) == [("F1", at("03-03 11:30"), "standing_alarm")]


@pytest.mark.parametrize(("answer", "state"), [("confirmed", "defect"), ("refuted", "nothing")])
def test_an_answer_counts_as_the_record_of_work_that_says_the_same_and_both_count_once(answer: str, state: str) -> None:
    alarm = (_score("03-03 10:00", "watch"),)
    work, given = _work("03-03 10:30", state=state), {"answered_at": at("03-03 10:30"), "answer": answer}

    by_work = _rows([work], (), alarm)

    assert [(row["reason"], row["finding"]) for row in by_work] == [("standing_alarm", answer)]
    assert _rows([], (given,), alarm) == _rows([work], (given, given | {"answered_by": "B"}), alarm) == by_work


def test_answers_that_find_nothing_out_and_those_without_an_alarm_are_no_interventions() -> None:
    alarm = (_score("03-03 10:00", "watch"),)
    vague = [{"answered_at": at("03-03 10:30"), "answer": answer} for answer in ("acknowledged", "unclear")]

    assert _rows([], tuple(vague), alarm) == []
    assert _rows([], ({"answered_at": at("03-03 09:30"), "answer": "refuted"},), alarm) == []


def test_a_batch_score_counts_from_when_it_was_made() -> None:
    score = _score("03-03 10:00", "maintain", source="batch")
    works = [_work("03-03 11:00"), _work("03-03 14:00")]

    assert _found(works, (score,)) == []
    assert _found(works, (score | {"made_at": at("03-03 12:00")},)) == [("F1", at("03-03 14:00"), "standing_alarm")]
    assert _found(works, (score | {"made_at": at("04-01 00:00")},)) == []


def test_a_gateway_alarms_on_the_spot_whenever_its_file_reaches_the_lake() -> None:
    score = _score("03-03 10:00", "watch", made_at=at("03-03 10:00"))

    assert _found([_work("03-03 11:00")], (score,)) == [("F1", at("03-03 11:00"), "standing_alarm")]


def test_work_behind_an_alert_is_one_while_it_would_not_have_been_repeated() -> None:
    alert = {"raised_at": at("03-03 10:00"), "code": "ABOVE_MAXIMUM", "severity": "CRITICAL"}

    found = _found([_work("03-04 10:00"), _work("03-04 10:01")], alerts=(alert,))

    assert found == [("F1", at("03-04 10:00"), "standing_alarm")]


def test_a_machine_that_moved_is_the_same_one() -> None:
    moves = {machine_key("M1", "F2"): machine_key("M1", "F1")}
    scores = (_score("03-03 10:00", "watch"),)

    assert _found([_work("03-03 11:00", factory_id="F2")], scores, moves=moves) == [
        ("F2", at("03-03 11:00"), "standing_alarm")
    ]


@given(
    st.lists(st.tuples(st.integers(0, 120), st.booleans(), st.sampled_from(["M1", "M2"])), max_size=40),
    st.lists(st.integers(0, 130), min_size=1, max_size=8),
    st.integers(1, 30), st.integers(1, 30),
)  # fmt: skip
@example([(0, True, "M1"), (65, False, "M1"), (66, False, "M1")], [66], 2, 1)  # quiet begins after a gap
def test_the_scores_that_are_left_out_change_no_alarm(
    scored: list[tuple[int, bool, str]], works: list[int], clear: int, repeat: int
) -> None:
    """Scores in any order, with gaps, of two machines; by the state machine on all of them."""
    rows = {(machine, hour): flag for hour, flag, machine in scored}
    columns = [
        [machine for machine, _ in rows], ["F1"] * len(rows), [hour * HOUR_US for _, hour in rows],
        ["edge"] * len(rows), ["watch" if flag else "none" for flag in rows.values()], [None] * len(rows),
    ]  # fmt: skip
    types = [pa.string(), pa.string(), pa.timestamp("us", "UTC"), pa.string(), pa.string(), pa.timestamp("us", "UTC")]
    table = pa.table([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], list(SCORES))
    rule, times = score_rule(clear * 3600, repeat * 3600), [hour * HOUR_US + 1 for hour in works]
    keys = {name: machine_key(name, "F1") for name in ("M1", "M2")}

    seen = observed(table, arrow(feed_table(FEEDS["alerts"])), NO_MOVES, keys.values(), rule)

    for name, key in keys.items():
        every = [Observation(hour * HOUR_US, hour * HOUR_US, flag) for (one, hour), flag in rows.items() if one == name]
        kept = seen.get(key, ((),))[0]
        assert standing_at(times, kept, rule) == standing_at(times, every, rule)
        assert set(kept) <= set(every)
