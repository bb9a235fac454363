"""What names of tags and codes of quality say."""

import pytest

from jobs.plant.draft.quality_codes import quality_of
from jobs.plant.draft.tag_names import machines_of, quantities


@pytest.mark.parametrize(
    ("tags", "machines"),
    [
        (["Hall.P1.Temp", "Hall.P2.Temp", "Hall.P2.Press"], ["P1", "P2", "P2"]),
        (["A/P1/Temp", "B/P1/Temp"], ["A/P1", "B/P1"]),
        (["ns=2;s=P1.Temp", "ns=2;s=P2.Temp"], ["P1", "P2"]),
        (["Hall.P1.Temp", "Hall.P1.Press"], []),
        (["P1.Temp", "P2.Temp", "Operator"], []),
    ],
)
def test_a_tag_names_its_machine_where_two_machines_have_one_quantity(tags: list[str], machines: list[str]) -> None:
    assert [machine for machine, _ in machines_of(tags).values()] == machines


def test_the_end_of_a_name_is_the_quantity_where_ends_differ() -> None:
    assert quantities(["A.B.Temp", "A.C.Press"]) == {"A.B.Temp": "Temp", "A.C.Press": "Press"}
    assert quantities(["A.B.Temp", "A.C.Temp"]) == {"A.B.Temp": "A.B.Temp", "A.C.Temp": "A.C.Temp"}


@pytest.mark.parametrize(
    ("name", "texts", "expected"),
    [
        ("q", ["true", "false"], ("", ("true",))),
        ("Quality", ["Good", "Bad, no communication"], ("opc_classic", ())),
        ("OPC_Quality", ["192", "24"], ("opc_classic", ())),
        ("StatusCode", ["0", "2150891520"], ("opc_ua", ())),
        ("Status", ["RUN", "STOP"], None),
        ("Status", ["1", "2"], None),
        ("speed", ["192", "24"], None),
    ],
)
def test_codes_of_quality_are_seen_by_name_and_text(
    name: str, texts: list[str], expected: tuple[str, tuple[str, ...]] | None
) -> None:
    found = quality_of(name, name, texts)

    assert (found and (found.preset, found.good)) == expected
