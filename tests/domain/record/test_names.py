"""Names without blanks around them, in one normal form."""

import pytest

from domain.record.names import tidy


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("P1", "P1"),
        (" P1 ", "P1"),
        ("\u00a0P1\t", "P1"),
        ("Pru\u0308f", "Pr\u00fcf"),
        ("a b", "a b"),
        ("  ", None),
        ("", None),
    ],
)
def test_a_name_is_what_is_left_without_blanks_in_normal_form_c(text: str, name: str | None) -> None:
    assert tidy(text) == name
