"""`assay quarantine clocks`: the shift that numbers say, and the command that it prints repairs the records."""

import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bronze.repairs import Rule
from jobs.cli import main
from jobs.quarantine.asked import Question, answer
from jobs.quarantine.chosen import Choice
from jobs.runtime.exits import ExitCode
from tests.support.plane import Plane
from tests.support.small_plant import LINES, line, write_small_plant

NUMBERED = LINES.replace("[constants]", 'gateway_id = "gateway"\nsequence = "number"\n\n[constants]')
BEGIN = datetime(2026, 3, 1, 6, tzinfo=UTC)
STARTED = datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC)


def _sent(gateway: str, number: int, wrong: range, pause: timedelta = timedelta()) -> str:
    """A record every ten minutes; from the first wrong one on after a pause."""
    at = BEGIN + timedelta(minutes=10 * number) + (pause if number >= wrong.start else timedelta())
    sent = STARTED + timedelta(minutes=10 * (number - wrong.start)) if number in wrong else at
    return line(sent.isoformat(), 50.0 + number, gateway=gateway, number=number, sensor=f"S-{gateway}")


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    """Gateways of which one had a wrong clock, one was off before it, and one sent numbers never."""
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, lines=NUMBERED)))
    steady, paused = range(4, 9), timedelta(days=2)
    plane.land("lines/1.jsonl", "".join(_sent("G 1", n, steady) for n in range(12)))
    plane.land("lines/2.jsonl", "".join(_sent("G2", n, steady, paused) for n in range(12)))
    plane.land("lines/3.jsonl", line(STARTED.isoformat(), sensor="S3"))
    plane.ingest()
    plane.silver()
    return plane


def _asked(plane: Plane, choice: Choice) -> list[str]:
    return list(answer(plane.settings, Question("clocks", (), choice, Rule(), "", 20, is_applied=False)).lines)


def test_what_it_prints_brings_the_records_to_their_times(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lake", "landing", "state"):
        monkeypatch.setenv(f"ASSAY_{name.upper()}", str(getattr(plane, name, plane.root / name)))
    monkeypatch.setenv("ASSAY_PLANT", plane.plant_name)
    monkeypatch.setenv("ASSAY_ENGINE", "local")  # no work is so large that one is started
    stretch, command = _asked(plane, Choice(gateway="G 1"))
    typed = shlex.split(command)

    assert stretch.startswith("G 1, numbers 4 to 8 (5 records, sent as 1970-01-01T00:00:07Z to 1970-01-01T00:40:07Z): ")
    assert stretch.endswith("is right to within 600 s")
    assert typed[:3] == ["assay", "quarantine", "replay"]
    assert main([*typed[1:], "--apply", "--reason", "clock at its start"]) == ExitCode.DONE
    plane.silver()
    stored = [row for row in plane.rows("silver.readings") if row["sensor_id"] == "S-G 1"]
    right = {(BEGIN + timedelta(minutes=10 * n), 50.0 + n) for n in range(12)}
    assert {(row["measured_at"], row["value"]) for row in stored} == right
    assert _asked(plane, Choice(gateway="G 1")) == ["quarantine: no record waits with clock_suspect of --gateway G 1"]


def test_a_silent_gateway_is_bounded_and_both_ends_are_offered(plane: Plane) -> None:
    (stretch,) = _asked(plane, Choice(gateway="G2"))
    after = BEGIN + timedelta(days=2, minutes=40) - STARTED
    before = after - timedelta(days=2)

    assert "the gateway was silent for a part of that" in stretch
    assert f"--shift {int(after.total_seconds())} where it ran on until its clock was put right" in stretch
    assert f"--shift {int(before.total_seconds())} where its clock went wrong while it ran" in stretch


def test_records_without_a_number_are_counted(plane: Plane) -> None:
    assert _asked(plane, Choice(sensor="S3")) == [
        "1 records without gateway or number: nothing says when they were made"
    ]
