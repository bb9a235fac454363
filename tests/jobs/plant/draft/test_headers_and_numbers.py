"""Headers of several rows, forms of numbers, words for two states."""

from datetime import UTC, datetime

import pytest

from jobs.plant.draft.number_form import number_form
from jobs.plant.draft.state_words import states_of
from jobs.plant.draft.times import time_of
from tests.jobs.plant.draft.test_tables import table

RECORDS = "25.10.2026 01:45:00;182,4;192\n25.10.2026 02:00:00;183,0;24\n"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["182,4", "1.083,5"], (",", ".", "")),
        (["88.2", "1,204.5"], (".", ",", "")),
        (["905.5", "1,198"], (".", ",", "")),
        (["905,5", "1.198"], (",", ".", "")),
        (["1,204,500"], (".", ",", "")),
        (["21,5", "22,75"], (",", "", "")),
        (["1,198", "2,305"], (",", "", "do commas part groups of three digits?")),
        (["1\u00a0204,5"], (",", "\u00a0", "")),
        (["1'204.5", "7"], (".", "'", "")),
        (["1.198", "2.305"], (".", "", "")),
        ([], (".", "", "")),
    ],
)
def test_one_form_is_found_for_all_numbers(texts: list[str], expected: tuple[str, str, str]) -> None:
    found = number_form(texts)

    assert (found.decimal, found.thousands, found.question) == expected


def test_numbers_of_a_form_are_plain_numbers() -> None:
    assert float(number_form(["1.083,5"]).plain("\u22121.083,5")) == -1083.5
    assert float(number_form(["1,204.5"]).plain("1,204.5")) == 1204.5


def test_two_rows_make_names_and_a_code_is_named_after_the_value_before_it() -> None:
    found = table(f"Export;Presse 4;\nZeit;Druck;\n;Wert [bar];Status\n{RECORDS}")

    assert found.names == ("Zeit", "Druck [bar]", "Druck [bar] Status")
    assert (found.skipped, found.is_made, len(found.rows)) == (3, True, 2)


def test_the_last_whole_row_above_the_records_is_the_header_and_units_are_below_it() -> None:
    found = table(f"Export;Presse 4;x\nZeit;Druck;Code\n;bar;\n{RECORDS}")

    assert found.names == ("Zeit", "Druck", "Code")
    assert (found.skipped, found.below, found.units) == (1, 1, {"Druck": "bar"})


def test_a_time_above_the_header_is_no_record() -> None:
    found = table(
        "Report,x,\nGenerated,02-Nov-2026 10:05:00,\nTag,a,b\n02-Nov-26 06:00:00,1,2\n02-Nov-26 07:00:00,3,4\n"
    )

    assert (found.names, found.skipped, len(found.rows)) == (("Tag", "a", "b"), 2, 2)


@pytest.mark.parametrize(
    ("stamp", "pattern", "first"),
    [
        ("02-Nov-26 06:00:00", "%d-%b-%y %H:%M:%S", datetime(2026, 11, 2, 6, tzinfo=UTC)),
        ("11/22/2026 6:05:00 PM", "%m/%d/%Y %I:%M:%S %p", datetime(2026, 11, 22, 18, 5, tzinfo=UTC)),
        ("02.11.26 06:00:00", "%d.%m.%y %H:%M:%S", datetime(2026, 11, 2, 6, tzinfo=UTC)),
        ("2. März 2026 06:00", "%d. %b %Y %H:%M", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("22/11/2026 6:05:00 p.\u00a0m.", "%d/%m/%Y %I:%M:%S %p", datetime(2026, 11, 22, 18, 5, tzinfo=UTC)),
        (
            "11/22/2026 06:05:00.250 PM",
            "%m/%d/%Y %I:%M:%S.%f %p",
            datetime(2026, 11, 22, 18, 5, 0, 250_000, tzinfo=UTC),
        ),
        ("11/22/2026 06:05:00:250", "%m/%d/%Y %H:%M:%S:%L", datetime(2026, 11, 22, 6, 5, 0, 250_000, tzinfo=UTC)),
        ("11/22/2026 06:05:00:5", "%m/%d/%Y %H:%M:%S:%L", datetime(2026, 11, 22, 6, 5, 0, 5_000, tzinfo=UTC)),
    ],
)
def test_times_of_the_trade_are_seen(stamp: str, pattern: str, first: datetime) -> None:
    found = time_of(table(f"at;x\n{stamp};1\n{stamp};2\n"))

    assert found is not None
    assert found.first is not None
    assert (found.format, found.first) == (pattern, first)


def test_a_fraction_that_some_times_leave_out_is_seen() -> None:
    found = time_of(table("at;x\n02-Nov-2026 06:00:00;1\n02-Nov-2026 06:00:01.25000;2\n"))

    assert found is not None
    assert found.format == "%d-%b-%Y %H:%M:%S.%f"


@pytest.mark.parametrize(("millis", "plus"), [("5", ("Millitm", "ms")), ("1000", None), ("0.5", None)])
def test_milliseconds_behind_the_clock_are_added(millis: str, plus: tuple[str, str] | None) -> None:
    found = time_of(table(f"Date;Time;Millitm;x\n22.11.2026;06:00:00;{millis};1\n22.11.2026;06:00:00;250;2\n"))

    assert found is not None
    assert (found.columns, found.plus) == (("Date", "Time"), plus)


@pytest.mark.parametrize(
    ("rows", "is_asked"),
    [("2026-11-22 06:00:00;412;1\n2026-11-22 06:01:00;398;2\n", True),
     ("2026-11-22 06:00:00,5;5;1\n2026-11-22 06:00:00,5;250;2\n", False)],
)  # fmt: skip
def test_milliseconds_that_may_be_another_number_are_not_added(rows: str, is_asked: bool) -> None:
    found = time_of(table(f"at;ms;x\n{rows}"))

    assert found is not None
    assert (found.plus, "Does ms count" in found.question) == (None, is_asked)


def test_names_are_above_a_row_of_units_that_looks_like_a_header() -> None:
    found = table("TOA5,Station1,x\nTIMESTAMP,AirTC,BP\nTS,Deg C,mbar\n,Avg,Smp\n2026-11-02 06:00:00,21.5,1013\n")

    assert found.names == ("TIMESTAMP", "AirTC", "BP")
    assert (found.skipped, found.below, found.units) == (1, 2, {"AirTC": "Deg C", "BP": "mbar"})


def test_clocks_that_go_back_are_asked_for() -> None:
    found = time_of(table("at;x\n25.10.2026 02:45:00;1\n25.10.2026 02:15:00;2\n"))

    assert found is not None
    assert "by_order" in found.question


def test_words_are_states_where_all_are_known() -> None:
    assert states_of(["Running", "Stopped", "Running"]) == {"Running": 1, "Stopped": 0}
    assert states_of(["Running", "Fault"]) == {}
