"""`assay quality` alerts of a faulty batch as long as its faults wait: a repair counts, and so does its undoing."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from bronze.repairs import Rule
from jobs.quality.job import check_all
from jobs.quarantine.asked import Question, answer
from jobs.quarantine.chosen import Choice
from jobs.runtime.report import RunReport
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAULTY = "quality: ALERT batch 1, readings: 30.0% of 10 records are faulty (3 quarantined"


def _repair(plane: Plane, sensor: str) -> RunReport:
    return _asked(plane, Question("replay", (), Choice(sensor=sensor), Rule(scale=Decimal("0.01")), "wrong", 1, True))


def _asked(plane: Plane, question: Question) -> RunReport:
    report = answer(plane.settings, question)
    plane.silver()
    return report


def _alerts(plane: Plane) -> list[str]:
    return [text for text in check_all(plane.settings, AT).lines if "ALERT" in text]


def test_what_is_repaired_waits_no_longer(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)), AT)
    wrong = [("S1", 3), ("S1", 4), ("S2", 5)]
    right = [("S1", hour) for hour in (0, 1, 2, 6, 7, 8, 9)]
    sent = [(*one, 4400.0) for one in wrong] + [(*one, 44.0) for one in right]
    plane.land("lines/1.jsonl", "".join(line(f"2026-03-01T0{h}:00:00Z", value, sensor=s) for s, h, value in sent))
    plane.ingest()
    plane.silver()

    assert _alerts(plane) == [f"{FAULTY}, 0 rejected)"]
    _repair(plane, "S1")
    assert _alerts(plane) == [f"{FAULTY}, 2 of them repaired, 0 rejected)"]
    last = _repair(plane, "S2").data["repair_id"]
    assert _alerts(plane) == []
    _asked(plane, Question("undo", (last,), Choice(), Rule(), "it was right", 1, is_applied=True))
    assert _alerts(plane) == [f"{FAULTY}, 2 of them repaired, 0 rejected)"]
