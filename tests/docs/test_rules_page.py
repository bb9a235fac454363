"""The rules of docs/rules.md do what the page says, in the profile of the guide's pump station."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pyarrow as pa

from expectations.plant.file import parse_profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_rules import SHIPPED
from expectations.tables.plant_rules import gate_rules
from expectations.tables.registry import tables
from lakehouse.rules.answering import answer
from lakehouse.rules.checking import check_sql
from lakehouse.rules.conditions import in_rows
from tests.architecture.sources import text

PAGE = text(Path("docs/rules.md"))
TOML = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GUIDE = TOML.findall(text(Path("docs/bring_your_own_plant.md")))[0]
PROFILE = parse_profile(tomllib.loads(GUIDE + "\n".join(TOML.findall(PAGE))), "page")
TABLES = tables(PROFILE)


def test_the_rules_of_the_page_can_be_used() -> None:
    check_sql(PROFILE, TABLES)

    assert [(rule.name, str(rule.severity)) for rule in PROFILE.rules] == [
        ("current_below_60", "warn"), ("failures_name_a_part", "fail"), ("pressure_below_12", "quarantine"),
        ("three_metrics_a_day", "warn"),
    ]  # fmt: skip


def test_a_condition_counts_the_rows_that_break_it() -> None:
    table = TABLES["silver.readings"]
    rows = [{"metric": "current", "value": 61.0}, {"metric": "current", "value": 60.0},
            {"metric": "pressure", "value": 99.0}, {"metric": "current", "value": None}]  # fmt: skip

    counts = in_rows(pa.Table.from_pylist(rows, arrow_schema(table)), table, gate_rules(PROFILE)[table.name])

    assert counts["breaking current_below_60"] == 1


def test_a_question_returns_what_is_wrong() -> None:
    day, table = date(2026, 11, 2), TABLES["silver.sensor_days"]
    sent = [("P1", "pressure"), ("P1", "temperature"), ("P1", "current"), ("P2", "pressure"), ("P2", "current")]
    rows = [{"machine_id": m, "factory_id": "f", "metric": metric, "measured_date": day} for m, metric in sent]

    found = answer(PROFILE.rules[3].question, {table.name: pa.Table.from_pylist(rows, arrow_schema(table))})

    assert (found.row_count, found.reason) == (1, None)
    assert '"machine_id": "P2"' in str(found.examples)


def test_the_rules_that_ship_are_all_named_with_their_severity() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (fail|warn) \| every|^\| `(\w+)` \| (fail|warn) \| the ", PAGE, re.MULTILINE)

    named = {one[0] or one[2]: one[1] or one[3] for one in listed}
    assert named == {rule.name: str(rule.severity) for rule in SHIPPED}
