import numpy as np

from simulator.rows import OUTCOME_CODE, Rows
from simulator.truth import count_outcomes, count_readings, resolve


def _rows(*records: tuple[int, int, int, str]) -> Rows:
    """Rows of one metric from (machine, time_us, steps, outcome)."""
    machine, time_us, steps = (np.array(column, dtype=np.int64) for column in list(zip(*records, strict=True))[:3])
    zeros = np.zeros(len(records), dtype=np.int64)
    outcome = np.array([OUTCOME_CODE[record[3]] for record in records], dtype=np.int64)
    return Rows(machine, zeros, time_us, steps, zeros > 0, outcome, zeros, zeros)


def test_a_repeated_reading_is_accepted_once() -> None:
    counts = count_readings(_rows((0, 10, 5, "fair"), (0, 10, 5, "fair"), (0, 20, 5, "fair")), 0, 0)

    assert (counts.records, counts.accepted, counts.duplicate) == (3, 2, 1)


def test_of_two_values_the_larger_stands_and_every_record_of_the_other_is_quarantined() -> None:
    rows = _rows((0, 10, 5, "fair"), (0, 10, 5, "fair"), (0, 10, 7, "fair"), (0, 10, 7, "fair"), (0, 10, 7, "fair"))

    counts = count_readings(rows, 0, 0)

    assert (counts.accepted, counts.duplicate, counts.quarantined) == (1, 2, {"conflicting_value": 2})
    assert rows.steps[resolve(rows)[0]].tolist() == [7]


def test_a_faulty_record_is_no_duplicate_of_a_fair_one() -> None:
    counts = count_readings(_rows((0, 10, 5, "fair"), (0, 10, 5, "unknown_unit"), (0, 10, 5, "unknown_unit")), 0, 0)

    assert (counts.accepted, counts.duplicate, counts.quarantined) == (1, 0, {"unknown_unit": 2})


def test_records_of_repeated_files_are_duplicates_and_broken_ends_are_rejected() -> None:
    counts = count_readings(_rows((0, 10, 5, "fair"), (0, 20, 5, "not_json")), 4, 1)

    assert counts.duplicate == 4
    assert counts.rejected == {"not_json": 1, "truncated": 1}
    assert counts.records == counts.accounted == 7


def test_outcomes_of_a_small_feed_are_counted() -> None:
    counts = count_outcomes(["accepted", "accepted", "duplicate", "not_json", "no_holder"])

    assert (counts.accepted, counts.duplicate, counts.rejected) == (2, 1, {"not_json": 1})
    assert counts.quarantined == {"no_holder": 1}
