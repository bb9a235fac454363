"""Quality codes: what is good, uncertain and bad, however a source writes it."""

import pytest

from domain.record.faults import FieldError
from domain.record.quality import BAD, GOOD, UNCERTAIN, QualityReader
from edge_bundle.format.pipeline import QualityRule


def level(raw: object, **rule: object) -> str:
    return QualityReader(QualityRule("q", **rule)).level(raw)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("raw", [192, 192.0, "192", " 192 ", "GOOD", "good", 200, "255"])
def test_a_code_is_good_by_text_number_or_range(raw: object) -> None:
    assert level(raw, good=("Good", "192", "200..255")) == GOOD


@pytest.mark.parametrize("raw", [0, "191", "Bad", True, "", None, "256", "1920"])
def test_what_the_rule_does_not_name_is_bad(raw: object) -> None:
    assert level(raw, good=("Good", "192", "200..255")) == BAD


def test_true_is_no_number() -> None:
    assert level(True, good=("true",)) == GOOD
    assert level(False, good=("true",)) == BAD
    assert level(True, good=("1",)) == BAD


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(192, GOOD), (216, GOOD), ("Good, local override", GOOD), (64, UNCERTAIN), (84, UNCERTAIN), (0, BAD), (24, BAD),
     (128, BAD), ("Uncertain", UNCERTAIN), ("Bad", BAD), ("?", BAD), (-1, BAD), (0x1C0, GOOD)],
)  # fmt: skip
def test_opc_classic_has_its_two_bits(raw: object, expected: str) -> None:
    assert level(raw, preset="opc_classic") == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [(0, GOOD), (0x00300000, GOOD), ("Good_Clamped", GOOD),
     (0x40000000, UNCERTAIN), ("UncertainLastUsableValue", UNCERTAIN),
     (2150891520, BAD), (0x80000000, BAD), ("BadNodeIdUnknown", BAD), ({"Code": 0x80000000, "Symbol": "Bad"}, BAD),
     ({}, GOOD), (None, GOOD), (2**32, BAD), (192, BAD), (24, BAD), (0x480, GOOD)],
)  # fmt: skip
def test_opc_ua_has_its_two_bits_and_leaves_good_out(raw: object, expected: str) -> None:
    assert level(raw, preset="opc_ua", absent="good") == expected


def test_a_list_comes_before_the_preset() -> None:
    assert level(24, preset="opc_classic", good=("24",)) == GOOD
    assert level(192, preset="opc_classic", uncertain=("192",)) == UNCERTAIN


def test_the_fault_has_the_code() -> None:
    with pytest.raises(FieldError, match=r"q: got '24' \(bad\); good is 192") as raised:
        QualityReader(QualityRule("q", ("192",))).check("q", 24)

    assert raised.value.fault.reason == "bad_quality"
