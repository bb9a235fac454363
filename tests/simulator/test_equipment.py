"""What gateways, an inventory of certificates and technicians send, and the truth of it."""

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.plant import SimulationConfig
from simulator.truth import Truth
from simulator.write import simulate

CONFIG = SimulationConfig(days=20, machines=6, life_scale=0.1)


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("equipment")
    return folder / "landing", simulate(CONFIG, folder / "landing", folder / "truth")


def _lines(folder: Path) -> dict[str, list[str]]:
    return {path.name: path.read_text().splitlines() for path in sorted(folder.iterdir())}


def _reports(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines if line.endswith("}")]


def test_each_line_of_the_small_feeds_is_in_the_truth(sent: tuple[Path, Truth]) -> None:
    landing, truth = sent

    for feed, headers in (("heartbeats", 0), ("certificates", 1), ("answers", 1)):
        counted = sum(len(lines) - headers for lines in _lines(landing / feed).values())
        assert counted == truth.feeds[feed].records == truth.feeds[feed].accounted
        assert truth.feeds[feed].duplicate > 0
        assert truth.feeds[feed].quarantined


def test_one_gateway_falls_silent_and_one_reports_a_day_later(sent: tuple[Path, Truth]) -> None:
    landing, truth = sent
    by_file = {name: _reports(lines) for name, lines in _lines(landing / "heartbeats").items()}
    newest: dict[str, str] = {}
    for report in sorted((one for found in by_file.values() for one in found), key=lambda one: str(one["sent_at"])):
        newest[report["gateway"]] = report["sent_at"]

    assert truth.equipment is not None
    last = max(newest.values())
    assert {name: at for name, at in newest.items() if at < last} == truth.equipment.silent != {}
    late = [one for name, found in by_file.items() for one in found if one["sent_at"][:10] < name[:10]]
    assert {one["gateway"] for one in late if one not in by_file["2026-03-11.jsonl"]} == {"bremen-1"}
    assert len(late) == 11  # ten hours without a connection, and the report that is repeated


def test_one_certificate_ends_soon_and_nobody_has_renewed_it(sent: tuple[Path, Truth]) -> None:
    landing, truth = sent
    ends: dict[str, datetime] = {}
    for path in sorted((landing / "certificates").iterdir()):
        for row in csv.DictReader(path.open(newline="")):
            end = datetime.fromisoformat(row["valid_until"])
            ends[row["gateway"]] = max(end, ends.get(row["gateway"], end))
    soon = {name: end for name, end in ends.items() if name and end < CONFIG.ends_at + timedelta(days=30)}

    assert truth.equipment is not None
    assert {name: f"{end:%Y-%m-%dT%H:%M:%SZ}" for name, end in soon.items()} == truth.equipment.ending != {}


def test_answers_are_right_where_the_machine_agrees_and_some_are_written_down_later(sent: tuple[Path, Truth]) -> None:
    landing, truth = sent
    failed = [(one.machine_id, datetime.fromisoformat(one.failed_at)) for one in truth.failures if one.is_visible]
    for one in truth.answers:
        at = datetime.fromisoformat(one.answered_at)
        fails = any(name == one.machine_id and at < end < at + timedelta(hours=31) for name, end in failed)
        assert fails or one.words != "defect found"
        assert one.is_right or (one.words == "nothing found" and fails)

    assert {one.is_right for one in truth.answers} == {True, False}
    lists = _lines(landing / "answers")
    ends = [name.removeprefix("until-") for name in lists]
    late = [line for before, lines in zip(ends, list(lists.values())[1:], strict=False) for line in lines[1:]
            if line[:10] < before[:10]]  # fmt: skip
    assert [line for line in late if "found" in line]
