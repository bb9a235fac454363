"""`assay calculate`: cases listed, calculated, changed, refused, written as a page."""

import json
from pathlib import Path

import pytest

from calculators.calculations import CALCULATIONS
from calculators.case_file import SHIPPED, shipped
from calculators.shown import Shown
from jobs import cli
from jobs.calculate.lines import lines_of

pytestmark = pytest.mark.usefixtures("away_from_the_users_settings")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["calculate", *words]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["calculate", *words]) == 2
    return capsys.readouterr().err


def row(out: str, lead: str) -> list[str]:
    """The cells of the line that begins so."""
    (line,) = (line for line in out.splitlines() if line.startswith(lead))
    return line[len(lead) :].split()


def test_the_calculations_are_those_of_the_command() -> None:
    action = next(
        each
        for each in cli.command_parser("calculate", cli.load_job("calculate"))._actions
        if each.dest == "calculation"
    )

    assert tuple(action.choices or ()) == tuple(CALCULATIONS)


def test_without_a_name_every_case_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys)

    for name, calculation in CALCULATIONS.items():
        assert f"{name}: {calculation.title}" in out
        assert all(f"--case {case}:" in out for case in shipped(name))


@pytest.mark.parametrize(
    ("words", "lead", "cells"),
    [
        (["safety"], "safety response time (s)", ["1.891", "4.191", "1.811", "1.541"]),
        (["return"], "cost of a year with predictions (USD)", ["5,117,240.00", "8,383,160.00", "8,195,960.00"]),
        (
            ["return", "--case", "pumps"],
            "saved in a year (USD)",
            ["123,000.00", "104,000.00", "119,300.00", "116,000.00"],
        ),
        (["update"], "cost, delta, in stages (USD)", ["900.00", "900.00", "12,500.00", "900.00"]),
        (["platform"], "cost of a month by device (USD)", ["16.37", "22.68", "13.22"]),
        (["platform", "--case", "template_10k"], "cost of a month (USD)", ["4,300.00"]),
        (["platform", "--case", "template_100k"], "cost of a month (USD)", ["31,500.00"]),
        (["alarms"], "false alarms of the fleet a year (per year)", ["182,500.00", "3,650.00"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_published_cases_in_the_terminal(
    capsys: pytest.CaptureFixture[str], words: list[str], lead: str, cells: list[str]
) -> None:
    assert row(said(capsys, *words), lead) == cells


def test_set_is_a_column_beside_the_case(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "safety", "--set", "parts.valve_stroke.time_s=3.5", "--set", "process_safety_time_s = 10")

    assert row(out, "safety response time (s)") == ["1.891", "4.191"]
    assert row(out, "process safety time used") == ["23.6", "%", "41.9", "%"]
    assert "as set" in out
    assert "valve of 3.5 s" not in out


def test_a_case_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = (SHIPPED / "safety" / "reactor.toml").read_text(encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace("process_safety_time_s = 8", "process_safety_time_s = 4"), encoding="utf-8")

    assert row(said(capsys, "safety", "--case", str(mine)), "process safety time used")[0] == "47.3"


def test_inputs_are_listed_with_units(capsys: pytest.CaptureFixture[str]) -> None:
    assert row(said(capsys, "platform", "--inputs"), "tiers.archive.price_usd_per_tb")[:4] == ["3", "USD", "per", "TB"]


def test_json_has_money_in_cents_and_shares_as_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(said(capsys, "return", "--json"))

    assert found["result"]["with_usd_per_year"] == "5117240.00"
    assert found["result"]["npv_usd"] == "123648243.34"
    assert found["result"]["prevented_frac"] == pytest.approx(1 - 0.35 / 2.3)
    assert found["result"]["items"][2] == {
        "name": "downtime penalties", "today_usd": "28615680.00", "with_usd": "1088640.00",
    }  # fmt: skip
    assert found["band"] == ["35941499.91", "151872550.88"]
    assert found["sensitivity"][0]["input"] == "penalty_frac"
    assert found["inputs"]["investment.gateways.unit_usd"] == "8500"
    assert json.loads(said(capsys, "--json"))["cases"]["alarms"]["rare_events"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["safety", "--set", "process_safety_time_s=0"], "got 0; legal: a number above 0; correct the time"),
        (["safety", "--set", "pst=8"], "got input 'pst'; legal: process_safety_time_s, "),
        (["safety", "--set", "process_safety_time_s"], "got no value; legal: input=value"),
        (["safety", "--set", "process_safety_time_s=eight"], "got 'eight'; legal: a number above 0 (s)"),
        (["safety", "--case", "compressors"], "no such file or case; legal: reactor, or a TOML file"),
        (["alarms", "--case", "{folder}/case.toml"], "got no TOML"),
        (["alarms", "--case", "{folder}/latin.toml"], "legal: a TOML file in UTF-8"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], sentence: str
) -> None:
    (tmp_path / "case.toml").write_text("calculation = alarms")
    (tmp_path / "latin.toml").write_bytes(b"title = '\xe9'")

    assert sentence in refused(capsys, *(word.format(folder=tmp_path) for word in words))


def test_the_page_is_written_and_never_into_the_lake(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    page, lake = tmp_path / "pages" / "case.html", tmp_path / "lake"

    out = said(capsys, "alarms", "--html", str(page), "--lake", str(lake), "--set", "machines_count=7")

    assert f"page: {page}" in out
    assert "as set" in page.read_text(encoding="utf-8")
    assert "lies inside the lake" in refused(capsys, "alarms", "--html", str(lake / "x.html"), "--lake", str(lake))


def test_columns_of_numbers_are_to_the_right_and_long_texts_are_broken() -> None:
    long = "one two three four five six seven eight nine ten eleven"

    made = list(lines_of(Shown("Title", ("what", "how much", "why"), (("a", "1.5", long), ("b", "10.25", "so")))))

    assert made == [
        "", "Title",
        "what  how much  why",
        "----  --------  --------------------------------------------",
        "a          1.5  one two three four five six seven eight nine",
        "                ten eleven",
        "b        10.25  so",
    ]  # fmt: skip
