"""What a batch's counts change by where its records are validated again."""

from jobs.silver.batch_counts import Group, corrections, survey_of
from lakehouse.commit_metadata import RecordCounts

DAY = "2026-03-01"


def test_corrections_name_the_batch_whose_records_changed_and_no_other() -> None:
    before = [Group(1, "faulty", "value_out_of_range", None, 5), Group(2, "new", None, DAY, 3)]
    after = [Group(1, "new", None, DAY, 4), Group(1, "repeats", None, DAY, 1), Group(2, "new", None, DAY, 3)]

    assert corrections(before, after) == {
        1: RecordCounts(accepted=4, duplicate=1, quarantined={"value_out_of_range": -5})
    }


def test_a_reading_that_loses_is_quarantined_as_conflicting() -> None:
    before, after = [Group(1, "new", None, DAY, 2)], [Group(1, "new", None, DAY, 1), Group(1, "loses", None, DAY, 1)]

    assert corrections(before, after) == {
        1: RecordCounts(accepted=-1, duplicate=0, quarantined={"conflicting_value": 1})
    }
    assert corrections(before, before) == {}


def test_a_survey_counts_every_record_once() -> None:
    survey = survey_of([
        Group(1, "new", None, DAY, 3), Group(1, "new", None, "2026-03-02", 1), Group(1, "repeats", None, DAY, 2),
        Group(1, "loses", None, DAY, 1), Group(1, "faulty", "clock_suspect", None, 4),
    ])  # fmt: skip

    assert (survey.rows, survey.accepted, survey.dates) == (11, 4, (DAY, "2026-03-02"))
    assert survey.quarantined() == {"clock_suspect": 4, "conflicting_value": 1}
