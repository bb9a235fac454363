"""`assay ingest --again`: contents read again under a corrected mapping, once; what they replace is accounted for."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from jobs.ingest.job import ingest_again
from jobs.ingest.new_files import Admission
from jobs.quality.recipes import data_quality_rows
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from lakehouse.engine.server import EngineAddress
from lakehouse.errors import UsageError
from tests.pipeline.test_withdrawals import PATH, deliver, is_accounted_for, killed, plane_at, readings
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import HEADER, LARGEST, WITHDRAW, row, write_small_plant

pytestmark = pytest.mark.spark
LANDED = 1_774_000_000.0
TABLE = WITHDRAW["table"].partition("\n")[2]
WRONG = TABLE.replace('unit = "unit"', "").replace("[constants]", '[constants]\nunit = "F"')
SHIFTED = TABLE.replace('kind = "zoned"', 'kind = "zoned"\nmarks = "end"\ninterval = "1h"')
DAYS = tuple(row(f"2026-03-01T{hour:02}:00:00Z", 100.0 + 10 * hour) for hour in (1, 2, 3))
CONTENT = f"{HEADER}\n{''.join(DAYS)}"


def again(plane: Plane, what: str) -> RunReport:
    return ingest_again(plane.settings, Admission(AS_OF), what)


def corrected(root: Path, text: str) -> None:
    write_small_plant(root, table=text)


def test_a_content_is_read_again_once_and_silver_is_what_a_new_lake_would_be(
    engine: EngineAddress, tmp_path: Path
) -> None:
    """Fahrenheit by mistake: every value changes; a second call does nothing, in the lake to the byte."""
    plane = plane_at(tmp_path / "corrected", engine, table=WRONG)
    deliver(plane, CONTENT, 1)
    assert readings(plane)[1] == pytest.approx((110.0 - 32) / 1.8, abs=0.01)
    plane.gold()
    fresh = plane_at(tmp_path / "fresh", engine, table=TABLE)
    deliver(fresh, CONTENT, 1)
    fresh.gold()

    corrected(plane.root, TABLE)
    report = again(plane, "table")
    plane.silver()
    plane.gold()

    assert (
        "read again: 1 file (table/1.csv); replaces 3 records of earlier readings, 0 of them rejected"
        in report.lines[0]
    )
    assert readings(plane) == {1: 110.0, 2: 120.0, 3: 130.0}
    assert plane.quarantined() == Counter(superseded=3)
    assert {found["replaced_by"] for found in plane.rows("silver.readings_quarantine")} == {
        plane.ledger()[PATH]["_file_id"]
    }
    assert is_accounted_for(plane)
    ours, theirs = plane.digests(("silver", "gold")), fresh.digests(("silver", "gold"))
    assert {name for name in ours if ours[name] != theirs[name]} <= {"silver.readings_quarantine", "gold.data_quality"}
    before = plane.snapshot()
    second = again(plane, PATH)
    assert not second.changed
    assert "not read again, the mapping reads as it did: 1 file (table/1.csv)" in second.lines[0]
    assert not plane.silver().changed
    assert plane.snapshot() == before


def test_records_that_move_in_time_leave_their_old_places(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine, table=TABLE)
    deliver(plane, CONTENT, 1)

    corrected(tmp_path, SHIFTED)
    again(plane, str(plane.landing / PATH))
    plane.silver()
    assert readings(plane) == {0: 110.0, 1: 120.0, 2: 130.0}
    assert is_accounted_for(plane)

    corrected(tmp_path, TABLE)  # and back: the mapping is another than that of the newest reading
    assert again(plane, "table").changed
    plane.silver()
    assert readings(plane) == {1: 110.0, 2: 120.0, 3: 130.0}
    assert plane.quarantined() == Counter(superseded=3)
    assert is_accounted_for(plane)


def test_what_was_rejected_counts_as_replaced_and_never_twice(engine: EngineAddress, tmp_path: Path) -> None:
    broken = TABLE.replace('value = "value"', 'value = "reading"')
    plane = plane_at(tmp_path, engine, table=broken)
    plane.land(PATH, CONTENT, modified=LANDED)
    assert plane.ingest().exit_code is ExitCode.REFUSED
    plane.silver()

    corrected(tmp_path, TABLE)
    report = again(plane, "table")
    plane.silver()

    assert report.data["replaced"] == {"records": 3, "rejected": 3}
    assert readings(plane) == {1: 110.0, 2: 120.0, 3: 130.0}
    quality = [
        (found["batch_id"], found["rejected"], found["replaced"], found["accepted"]) for found in _quality(plane)
    ]
    assert quality == [(1, 0, 3, 0), (2, 0, 0, 3)]


def _quality(plane: Plane) -> list[dict[str, object]]:
    return data_quality_rows(plane.plant)


def test_faulty_readings_of_the_first_reading_are_superseded(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine, table=WRONG.replace('"F"', '"bar"'))
    deliver(plane, CONTENT, 1)
    assert plane.quarantined() == Counter(unit_mismatch=3)

    corrected(tmp_path, TABLE)
    again(plane, "table")
    plane.silver()

    assert readings(plane) == {1: 110.0, 2: 120.0, 3: 130.0}
    assert plane.quarantined() == Counter(superseded=3)
    assert is_accounted_for(plane)


def test_a_file_that_grew_is_read_again_whole_and_goes_on_from_there(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine, table=WRONG)
    deliver(plane, f"{HEADER}\n{DAYS[0]}", 1)
    deliver(plane, f"{HEADER}\n{''.join(DAYS[:2])}", 2)

    corrected(tmp_path, TABLE)
    assert again(plane, PATH).data["replaced"]["records"] == 2
    deliver(plane, CONTENT, 3)

    assert plane.ledger()[PATH]["first_byte"] > 0
    assert readings(plane) == {1: 110.0, 2: 120.0, 3: 130.0}
    assert plane.quarantined() == Counter(superseded=2)
    assert is_accounted_for(plane)


def test_a_rule_that_changes_later_leaves_replaced_readings_out(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine, table=SHIFTED)
    deliver(plane, CONTENT, 1)
    corrected(tmp_path, TABLE)
    again(plane, "table")
    plane.silver()

    corrected(tmp_path, LARGEST["table"])
    plane.silver()

    assert readings(plane) == {1: 110.0, 2: 120.0, 3: 130.0}
    assert is_accounted_for(plane)


def test_events_follow_their_corrected_mapping(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine)
    text = (plane.root / "small/mappings/failures.toml").read_text()
    plane.land("failures/1.jsonl", '{"at":"2026-03-01T05:00:00Z","machine":"M1","code":"seal","part":"pump"}\n')
    plane.run()

    write_small_plant(tmp_path, failures=text.replace('code = "code"', 'code = "part"'))
    again(plane, "failures")
    plane.silver()

    assert [found["code"] for found in plane.rows("silver.machine_events")] == ["pump"]
    counted = [(found["batch_id"], found["accepted"], found["replaced"]) for found in _quality(plane)]
    assert counted == [(1, 0, 1), (2, 1, 0)]


def test_what_is_gone_stays_and_says_what_to_do(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine, table=WRONG)
    deliver(plane, CONTENT, 1)
    path = plane.landing / PATH
    path.rename(tmp_path / "aside.csv")
    before = readings(plane)

    corrected(tmp_path, TABLE)
    report = again(plane, PATH)

    assert (report.exit_code, report.changed) == (ExitCode.USAGE, False)
    assert "put the file back at its path with the time that it had" in report.data["reasons"][0]
    plane.silver()
    assert readings(plane) == before
    (tmp_path / "aside.csv").rename(path)
    assert again(plane, PATH).changed


def test_what_was_never_there_is_refused(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine)
    plane.landing.mkdir()

    with pytest.raises(UsageError, match="is no mapping and no file of"):
        again(plane, "tabel")
    with pytest.raises(UsageError, match="gateways send back"):
        again(plane, "edge_scores")


def test_killed_at_each_of_its_commits_a_content_is_read_again_once(engine: EngineAddress, tmp_path: Path) -> None:
    """The command called again ends what was begun; so does an ordinary run."""
    plane = plane_at(tmp_path, engine, table=WRONG)
    deliver(plane, CONTENT, 1)
    corrected(tmp_path, TABLE)

    moments = (("before", 1), ("during", 1), ("after", 1), ("before", 1), ("after", 1))
    codes = [killed(plane, engine.remote, when, number, "ingest", "--again", "table") for when, number in moments]
    plane.ingest()
    again(plane, "table")
    plane.silver()

    assert codes.count(-signal.SIGKILL) >= 4
    assert plane.table("bronze.readings").num_rows == 6
    assert [found["outcome"] for found in plane.rows("bronze.files")] == ["read", "read"]
    assert readings(plane) == {1: 110.0, 2: 120.0, 3: 130.0}
    assert is_accounted_for(plane)
