"""Which scores raise an alarm, and the reasons of one, by hand."""

from datetime import UTC, date, datetime, timedelta
from math import log

import numpy as np
import pyarrow as pa
import pytest

from gold.alarm_reasons import SCORE, Named, raised, reasons

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
QUIET_US = 2 * 3_600_000_000
DAYS = [date(2026, 3, 1), date(2026, 3, 2)]


def scores(decisions: dict[int, str], machine: str = "M1", bundle: str = "plant@1.0.0+1") -> pa.Table:
    """A score an hour; those that are not named ask for nothing."""
    rows = []
    for hour in range(30):
        at = BEGAN + timedelta(hours=hour)
        rows.append((machine, "A", at, at.date(), bundle, decisions.get(hour, "none"), "d" * 16))
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(SCORE)})


def hours(found: pa.Table) -> list[int]:
    return [int((at - BEGAN) / timedelta(hours=1)) for at in found.column("scored_at").to_pylist()]


def test_alarm_is_raised_once_until_it_was_quiet_long_enough() -> None:
    # 5 and 7 are two hours apart, as long as the quiet time: still one alarm. 12 is another.
    found = raised(scores({5: "watch", 7: "maintain", 12: "watch"}), DAYS, QUIET_US)

    assert hours(found) == [5, 12]


def test_only_the_dates_asked_for_are_given_and_the_ones_before_are_looked_at() -> None:
    table = scores({23: "watch", 24: "watch", 28: "watch"})

    assert hours(raised(table, DAYS[1:], QUIET_US)) == [28]


def test_machines_and_bundles_raise_alarms_of_their_own_and_sources_do_not() -> None:
    first = scores({3: "watch"})
    others = [scores({3: "watch"}, machine="M2"), scores({3: "watch"}, bundle="plant@1.0.0+2")]

    assert len(raised(pa.concat_tables([first, first]), DAYS, QUIET_US)) == 1
    assert len(raised(pa.concat_tables([first, *others]), DAYS, QUIET_US)) == 3
    assert len(raised(scores({}), DAYS, QUIET_US)) == 0


def test_reasons_come_in_the_order_of_what_they_added() -> None:
    score = dict.fromkeys(("machine_id", "factory_id", "scored_at", "scored_date", "bundle", "decision"), "x")
    features = (Named("load", "%"), Named("heat", "C"), Named("age", "h"))

    found = reasons(score, features, np.array([50.0, 81.25, np.nan]), np.array([-0.5, log(3), 0.25]))

    assert [(row["rank"], row["feature"], row["value"]) for row in found] == [
        (1, "heat", 81.25), (2, "age", None), (3, "load", 50.0),
    ]  # fmt: skip
    assert found[0]["contribution"] == pytest.approx(log(3))
    assert found[0]["words"] == "heat is 81.25 C: the odds of a failure times 3"


def test_without_contributions_the_vector_is_stored_all_the_same() -> None:
    score = dict.fromkeys(("machine_id", "factory_id", "scored_at", "scored_date", "bundle", "decision"), "x")

    (row,) = reasons(score, (Named("load", "%"),), np.array([50.0]), None)

    assert (row["rank"], row["contribution"], row["words"]) == (1, None, "load is 50 %")
