"""Names without blanks around them, in one normal form."""

import pytest

from domain.record.names import looks, tidy


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("P1", "P1"),
        (" P1 ", "P1"),
        ("\u00a0P1\t", "P1"),
        ("Pru\u0308f", "Pr\u00fcf"),
        ("a b", "a b"),
        ("\ufeffP1\u200b ", "P1"),
        ("\u200e \u202aP1\u202c", "P1"),
        ("P\u200b1", "P\u200b1"),
        (" \u200b ", None),
        ("  ", None),
        ("", None),
    ],
)
def test_a_name_is_what_is_left_without_blanks_in_normal_form_c(text: str, name: str | None) -> None:
    assert tidy(text) == name


@pytest.mark.parametrize(
    ("one", "other", "is_one"), [("P1", "p1", True), ("P\u200b1", "\uff301", True), ("P1", "P2", False)]
)
def test_names_look_alike_without_case_width_and_unseen_signs(one: str, other: str, is_one: bool) -> None:
    assert (looks(one) == looks(other)) is is_one
