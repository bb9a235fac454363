import re
from pathlib import Path

import pytest

from expectations.audit.row_rules import row_rules
from expectations.plant.file import load_profile
from expectations.tables.catalogue import SHOWN_PLANT, render_catalogue
from expectations.tables.registry import tables

ROOT = Path(__file__).resolve().parents[3]


def test_page_in_docs_is_in_step_with_the_contracts() -> None:
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")

    assert page == render_catalogue(load_profile(SHOWN_PLANT)), (
        "run: python -m expectations.tables.catalogue > docs/tables.md"
    )


@pytest.mark.parametrize("plant", ["azure_pdm", "simulated"])
def test_every_table_column_and_rule_is_on_the_page(plant: str) -> None:
    profile = load_profile(plant)
    page = render_catalogue(profile)

    for table in tables(profile).values():
        section = page.partition(f"### {table.name}\n")[2].partition("\n### ")[0]
        assert [*re.findall(r"^\| `(\w+)` \| [^|]+ \| [^|]* \| (?:yes|no) \|", section, re.M)] == [*table.column_names]
        assert re.findall(r"^\| `(\w+)` \| (?:fail|quarantine|warn) \|", section, re.M) == [
            *(rule.code for rule in row_rules(table)),
            *(code for code, _ in table.faults),
        ]


def test_each_table_says_whether_and_by_which_time_its_age_is_checked() -> None:
    profile = load_profile(SHOWN_PLANT)
    page = render_catalogue(profile)

    facts = re.findall(r"^### ([\w.]+)$.*?^- Freshness: (.+?)$", page, re.M | re.S)
    assert [name for name, _ in facts] == list(tables(profile))
    assert {name: fact for name, fact in facts if fact != "not checked"} == {
        "bronze.files": "newest `_ingested_at`",
        "silver.readings": "newest `measured_at`",
        "silver.buckets": "newest `bucket_at`",
        "gold.machine_features": "newest `scored_at`",
        "gold.predictions": "newest `scored_at`",
    }


def test_every_link_leads_to_a_heading() -> None:
    page = render_catalogue(load_profile(SHOWN_PLANT))

    headings = {re.sub(r"[^\w-]", "", heading) for heading in re.findall(r"^#+ (.+)$", page, re.M)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) <= headings


def test_bounds_and_units_are_said() -> None:
    page = render_catalogue(load_profile(SHOWN_PLANT))

    assert "| `local_hour` | int | h | no | Hour in the factory's time zone |" in page
    assert "| `local_hour_above_bound` | fail | local_hour <= 23 |" in page
