"""Rules of a plant's own on the tables of the small feeds: warned of, or refused by the gate."""

from pathlib import Path

import pytest

from jobs.status.rule_state import rule_state
from lakehouse.errors import GateRefused
from tests.jobs.commands.test_small_feeds import AS_OF, CERTIFICATES, HEADER, HEARTBEATS, MAPPING
from tests.support.plane import Plane
from tests.support.small_plant import write_small_plant

RULE = """
[[rules]]
name = "{name}"
table = "{table}"
severity = "{severity}"
meaning = "what must hold"
condition = "{condition}"
"""


def _plane(root: Path, *rules: tuple[str, str, str, str]) -> Plane:
    plant = write_small_plant(root, answers=MAPPING, heartbeats=HEARTBEATS, certificates=CERTIFICATES)
    with (plant / "profile.toml").open("a") as profile:
        for name, table, severity, condition in rules:
            profile.write(RULE.format(name=name, table=table, severity=severity, condition=condition))
    return Plane(root, "none", str(plant), AS_OF)


def test_a_broken_condition_of_each_small_table_is_warned_of(tmp_path: Path) -> None:
    plane = _plane(
        tmp_path, ("named", "silver.alarm_answers", "warn", "answered_by IS NOT NULL"),
        ("charged", "silver.gateway_heartbeats", "warn", "battery_pct > 50"),
        ("begun", "silver.certificates", "warn", "not_before IS NOT NULL"),
    )  # fmt: skip
    plane.land("answers/1.csv", f"{HEADER}2026-03-01T06:00:00Z,M1,defect,,\n")
    plane.land("gateways/1.jsonl", '{"ts": "2026-11-29T06:00:00Z", "gw": "G1", "batt": 18.0}\n')
    plane.land("certificates/1.csv", "gateway,machine,use,notBefore,notAfter\nG1,,mqtt,,2027-12-10T00:00:00Z\n")

    plane.run()

    state = rule_state(plane.plant)
    assert state is not None
    assert {one.name for one in state.broken} == {"named", "charged", "begun"}


def test_fail_publishes_nothing_of_the_batch(tmp_path: Path) -> None:
    plane = _plane(tmp_path, ("charged", "silver.gateway_heartbeats", "fail", "battery_pct > 50"))
    plane.land("gateways/1.jsonl", '{"ts": "2026-11-29T06:00:00Z", "gw": "G1", "batt": 18.0}\n')
    plane.ingest()

    with pytest.raises(GateRefused, match="charged"):
        plane.silver()

    assert plane.rows("silver.gateway_heartbeats") == []
