"""Which work is an intervention: by its record, or by an alarm that was standing and could be seen then."""

import pytest

from domain.intervention import Intervention, Observation, Work, WorkRules, interventions, standing_at
from domain.score_alarm import score_rule

HOUR = 3_600_000_000
RULE = score_rule()  # clears two hours after the first quiet score, is announced again after a day
RULES = WorkRules(
    condition_based=(("code", "corrective"), ("state", "CBM")),
    scheduled=(("detail", "planned"),),
    confirmed=(("state", "defect"),),
    refuted=(("state", "no fault found"),),
)


def _hourly(*alarms: int, until: int = 12, late: int = 0) -> list[Observation]:
    """A score an hour, those of some hours an alarm, each made so many hours later."""
    return [Observation(at * HOUR, (at + late) * HOUR, at in alarms) for at in range(until)]


@pytest.mark.parametrize(
    ("work", "is_standing", "found"),
    [
        (Work(5, code="corrective"), False, ("condition_based", "")),
        (Work(5, state="CBM"), False, ("condition_based", "")),
        (Work(5, code="bearing"), False, None),
        (Work(5, code="bearing"), True, ("standing_alarm", "")),
        (Work(5, code="bearing", detail="planned"), True, None),
        (Work(5, code="corrective", detail="planned"), True, ("condition_based", "")),
        (Work(5, code="bearing", state="defect"), True, ("standing_alarm", "confirmed")),
        (Work(5, code="bearing", state="no fault found"), True, ("standing_alarm", "refuted")),
        (Work(5, code="CBM"), False, None),
    ],
    ids=[
        "declared by code", "declared by state", "nothing known", "alarm", "scheduled in an alarm",
        "both declared: the condition", "confirmed", "refuted", "a text in another column",
    ],
)  # fmt: skip
def test_work_is_an_intervention_by_its_record_or_by_an_alarm(
    work: Work, is_standing: bool, found: tuple[str, str] | None
) -> None:
    expected = () if found is None else (Intervention(5, *found),)

    assert interventions([work], RULES, {5} if is_standing else ()) == expected


def test_works_of_one_moment_are_one_intervention() -> None:
    works = [
        Work(7, code="seal", state="no fault found"),
        Work(7, code="corrective"),
        Work(7, code="bearing", state="defect"),
        Work(3, code="seal", detail="planned"),
    ]

    assert interventions(works, RULES, {3, 7}) == (Intervention(7, "condition_based", "confirmed"),)


def test_an_alarm_is_standing_from_its_raise_to_its_clear() -> None:
    """Raised at 2, last seen at 4, quiet from 5 on: cleared at 7."""
    times = [2 * HOUR, 2 * HOUR + 1, 5 * HOUR, 7 * HOUR - 1, 7 * HOUR, 9 * HOUR]

    assert standing_at(times, _hourly(2, 3, 4), RULE) == {2 * HOUR + 1, 5 * HOUR, 7 * HOUR - 1}


def test_what_is_made_after_the_work_was_not_seen() -> None:
    batch = [Observation(one.at_us, 24 * HOUR, one.is_alarm) for one in _hourly(2, 3, 4, 11)]

    assert standing_at([5 * HOUR], batch, RULE) == frozenset()
    assert standing_at([25 * HOUR], batch, RULE) == {25 * HOUR}


def test_a_score_that_comes_late_changes_nothing_that_was_seen_since() -> None:
    seen = [
        Observation(HOUR, HOUR, True),
        Observation(3 * HOUR, 3 * HOUR, True),
        Observation(2 * HOUR, 4 * HOUR, False),
    ]

    assert standing_at([5 * HOUR + 1], seen, RULE) == {5 * HOUR + 1}


def test_an_alarm_of_which_nothing_is_heard_for_a_day_is_over() -> None:
    alert = [Observation(HOUR, HOUR, True)]

    assert standing_at([25 * HOUR, 25 * HOUR + 1], alert, RULE) == {25 * HOUR}


def test_of_two_scores_of_one_time_the_alarm_counts() -> None:
    both = [Observation(HOUR, HOUR, True), Observation(HOUR, HOUR, False)]

    assert standing_at([4 * HOUR], both, RULE) == {4 * HOUR}
    assert standing_at([4 * HOUR], both[::-1], RULE) == {4 * HOUR}
