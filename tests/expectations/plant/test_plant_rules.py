"""Rules of a plant's own in its profile: given, left out, refused before anything runs."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from expectations.errors import ProfileError
from expectations.plant.file import PLANTS, parse_profile
from expectations.plant.plant_profile import Profile
from expectations.plant.rules import PlantRule
from expectations.tables.contract import Severity
from expectations.tables.plant_rules import gate_rules
from expectations.tables.registry import tables
from lakehouse.rules.checking import check_sql

Keys = Mapping[str, str | bool]
PROFILE = (PLANTS / "azure_pdm" / "profile.toml").read_text(encoding="utf-8")
CONDITION = {
    "name": "volt_above_0", "table": "silver.readings", "severity": "fail", "meaning": "No volts below 0",
    "condition": "metric <> 'volt' OR value > 0",
}  # fmt: skip
QUESTION = {
    "name": "no_lone_buckets", "table": "silver.buckets", "severity": "warn", "meaning": "Buckets have readings",
    "question": "SELECT * FROM silver.buckets b ANTI JOIN silver.readings r USING (machine_id, factory_id)",
}  # fmt: skip


def _profile(*rules: Keys) -> Profile:
    return parse_profile(tomllib.loads(PROFILE) | {"rules": [dict(rule) for rule in rules]}, "here")


def _checked(*rules: Keys) -> Profile:
    profile = _profile(*rules)
    check_sql(profile, tables(profile))
    return profile


def _refusal(*rules: Keys) -> str:
    with pytest.raises(ProfileError) as refused:
        _checked(*rules)
    return str(refused.value)


def test_a_condition_and_a_question_are_read_and_the_condition_joins_its_tables_suite() -> None:
    profile = _checked(CONDITION, QUESTION)

    assert profile.rules[0] == PlantRule(
        "volt_above_0", "silver.readings", Severity.FAIL, "No volts below 0", "metric <> 'volt' OR value > 0"
    )
    assert profile.rules[1].question.startswith("SELECT")
    (rule,) = gate_rules(profile)["silver.readings"]
    assert (rule.code, rule.condition) == ("volt_above_0", "coalesce((metric <> 'volt' OR value > 0), true)")
    assert set(gate_rules(profile)) == {"silver.readings"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"severity": "critical"}, "unknown severity 'critical'"),
        ({"severity": "quarantine", "table": "silver.buckets"}, "only rows of silver.readings are set aside"),
        ({"table": "bronze.readings"}, "legal: warn: a batch of bronze that is refused holds up"),
        ({"name": "clock_suspect"}, "has a rule of that name already"),
        ({"table": "silver.reading"}, "unknown table 'silver.reading'"),
        ({"name": "value_not_finite"}, "has a rule of that name already"),
        ({"name": "No Spaces"}, "small letters, digits and underscores"),
        ({"meaning": " "}, "one line of words"),
        ({"unit": "bar"}, "unknown key 'unit'"),
        ({"question": "SELECT 1"}, "both a condition and a question"),
        ({"condition": ""}, "neither a condition nor a question"),
        ({"severity": "quarantine", "table": "silver.machine_events", "condition": "code <> 'x'"}, "only rows of"),
        ({"device": False}, "device of severity 'fail'; legal: of quarantine"),
        ({"by_date": True}, "by_date of a condition"),
        ({"condition": "value >"}, "syntax error"),
        ({"condition": "value > 0 --"}, "syntax error"),
        ({"condition": "pressure > 0"}, "pressure"),
        ({"condition": "value"}, "got a DOUBLE; legal: an expression that is true or false"),
        ({"condition": "sum(value) > 0"}, "aggregates"),
        ({"condition": "value > (SELECT max(value) FROM silver.readings)"}, "a query within it"),
        ({"condition": "row_number() OVER () > 1"}, "a window function"),
        ({"condition": "value > $least"}, "a parameter"),
        ({"condition": "measured_at < now()"}, "got now, by which the same rows would get another answer"),
        ({"condition": "measured_date < current_date"}, "got current_date"),
        ({"condition": "sleep_ms(1000) IS NULL"}, "got sleep_ms"),
        ({"condition": "true) FROM read_csv('/etc/passwd') --"}, "syntax error"),
        ({"condition": "true), (false"}, "syntax error"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_hold_of_a_row_is_refused(change: Keys, words: str) -> None:
    assert words in _refusal({**CONDITION, **change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"severity": "quarantine"}, "the rows that a question returns are rows of no table"),
        ({"question": "SELECT * FROM silver.bucket"}, "got the table silver.bucket; legal: bronze."),
        ({"question": "SELECT volts FROM silver.buckets"}, "volts"),
        ({"question": "SELECT * FROM silver.readings"}, "it does not name silver.buckets"),
        ({"question": "SELECT * FROM silver.buckets b, gold.machine_daily"}, "gold.machine_daily is built after"),
        ({"question": "DELETE FROM silver.buckets"}, "Only SELECT statements"),
        ({"question": "SELECT 1 FROM silver.buckets; SELECT 2"}, "got 2 statements"),
        ({"question": "SELECT * FROM silver.buckets WHERE bucket_at > now()"}, "got now"),
        ({"question": "SELECT * FROM silver.buckets, read_csv('/etc/passwd')"}, "Permission"),
        ({"question": "SELECT * FROM silver.buckets, '/etc/passwd.parquet'"}, "passwd"),
        ({"question": "SELECT getenv('HOME') FROM silver.buckets"}, "getenv"),
        ({"question": "COPY silver.buckets TO 'x.csv'"}, "Only SELECT statements"),
        ({"question": "SELECT $1 FROM silver.buckets"}, "a parameter"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(
    change: Keys, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert words in _refusal({**QUESTION, **change})
    assert not any(tmp_path.iterdir())


def test_a_name_is_given_once() -> None:
    assert "again; legal: a name of its own" in _refusal(CONDITION, {**QUESTION, "name": CONDITION["name"]})
