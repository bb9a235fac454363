"""Names of a header that look like a column of the mapping are that column; others stay."""

from domain.record.header_names import spelled_as


def test_an_accent_of_its_own_is_part_of_its_letter() -> None:
    assert spelled_as(["time", "Ku\u0308hlwasser"], ["K\u00fchlwasser"]) == ["time", "K\u00fchlwasser"]


def test_the_mapping_may_be_the_one_with_accents_of_their_own() -> None:
    assert spelled_as(["K\u00fchlwasser"], ["Ku\u0308hlwasser"]) == ["Ku\u0308hlwasser"]


def test_blanks_that_do_not_break_and_both_micros_are_alike() -> None:
    assert spelled_as(["Weg\u00a0[\u03bcm]"], ["Weg [\u00b5m]"]) == ["Weg [\u00b5m]"]


def test_a_name_that_is_a_column_stays_and_its_double_too() -> None:
    names = ["K\u00fchl", "Ku\u0308hl"]

    assert spelled_as(names, ["K\u00fchl"]) == names


def test_two_names_that_could_be_one_column_stay() -> None:
    names = ["a\u00a0\u00b5", "a\u202f\u00b5"]

    assert spelled_as(names, ["a \u00b5"]) == names


def test_names_of_other_columns_stay() -> None:
    assert spelled_as(["Temp\u00e9rature"], ["temp"]) == ["Temp\u00e9rature"]
