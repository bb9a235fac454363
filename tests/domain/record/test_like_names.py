"""A field that a source may have renamed."""

import pytest

from domain.record.like_names import like_name, renamed_to


@pytest.mark.parametrize(
    ("fields", "found"),
    [({"Press": 1}, "Press"), ({"PRESS ": 1}, "PRESS "), ({"p_ress": 1}, "p_ress"),
     ({"values": {"press": 1}}, "values.press"),
     ({"Press": None}, None), ({"pressure": 1}, None), ({"known": {"press": 1}}, None), ({"values": [1]}, None),
     ({}, None)],
)  # fmt: skip
def test_an_unknown_field_of_like_name_is_found(fields: dict[str, object], found: str | None) -> None:
    assert renamed_to("press", fields, {"known"}) == found


def test_names_of_signs_alone_are_like_themselves_only() -> None:
    assert like_name("#", ["%", "#"]) == "#"
    assert like_name("temp", ["Temp.", "temp"]) == "Temp."
