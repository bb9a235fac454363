import multiprocessing
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.runs.journal import FOLDER, LONGEST_DETAIL, MOST_FILES, Outcome, read, record

REPO = Path(__file__).parents[3]
AT = datetime(2026, 11, 21, 6, tzinfo=UTC)


def test_each_outcome_of_a_name_is_read_as_it_was_recorded(tmp_path: Path) -> None:
    record(tmp_path, "ingest", Outcome.STARTED, AT)
    record(tmp_path, "ingest", Outcome.FAILED, AT + timedelta(minutes=1), "the disk is full")
    record(tmp_path, "ingest_hourly", "done", AT)

    found = read(tmp_path)

    assert list(found) == ["ingest", "ingest_hourly"]
    failed = found["ingest"].entries[Outcome.FAILED]
    assert (failed.at, failed.detail) == (AT + timedelta(minutes=1), "the disk is full")
    assert found["ingest"].last == failed
    assert found["ingest_hourly"].last_end == found["ingest_hourly"].last


def test_a_run_that_has_not_ended_has_no_end(tmp_path: Path) -> None:
    record(tmp_path, "ingest", Outcome.STARTED, AT)

    assert read(tmp_path)["ingest"].last_end is None


def test_what_came_last_is_last_although_the_clock_was_set_back(tmp_path: Path) -> None:
    record(tmp_path, "ingest", Outcome.DONE, AT)
    record(tmp_path, "ingest", Outcome.FAILED, AT - timedelta(days=300), "no landing folder")

    assert read(tmp_path)["ingest"].last.outcome is Outcome.FAILED


@pytest.mark.parametrize("name", ["a/b", "..", "Fördern 100 %", "x" * 300, "a.done"])
def test_any_name_is_a_file_of_the_folder(name: str, tmp_path: Path) -> None:
    assert record(tmp_path, name, Outcome.DONE, AT)

    assert [path.parent for path in tmp_path.rglob("*.json")] == [tmp_path / FOLDER]
    assert list(read(tmp_path)) == [name]


def test_the_sentence_of_a_bad_end_is_cut(tmp_path: Path) -> None:
    record(tmp_path, "ingest", Outcome.FAILED, AT, "x" * 10_000)

    assert len(read(tmp_path)["ingest"].last.detail) == LONGEST_DETAIL


def test_the_folder_is_bounded(tmp_path: Path) -> None:
    for number in range(MOST_FILES + 20):
        record(tmp_path, f"dag{number}", Outcome.DONE, AT)

    assert len(list((tmp_path / FOLDER).iterdir())) == MOST_FILES
    assert f"dag{MOST_FILES + 19}" in read(tmp_path)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"name": "ingest"}', '{"at": "2026", "outcome": "x", "order": 1}', "\x00" * 100]
)
def test_a_damaged_file_says_nothing_and_is_written_anew(content: str, tmp_path: Path) -> None:
    record(tmp_path, "ingest", Outcome.STARTED, AT)
    path = tmp_path / FOLDER / "ingest.done.json"
    path.write_text(content)

    assert list(read(tmp_path)["ingest"].entries) == [Outcome.STARTED]
    record(tmp_path, "ingest", Outcome.DONE, AT)
    assert read(tmp_path)["ingest"].last.outcome is Outcome.DONE


def test_a_file_of_another_name_says_nothing(tmp_path: Path) -> None:
    record(tmp_path, "ingest", Outcome.DONE, AT)
    done = tmp_path / FOLDER / "ingest.done.json"
    done.rename(done.with_name("silver.done.json"))

    assert read(tmp_path) == {}


def test_no_folder_no_runs(tmp_path: Path) -> None:
    assert read(tmp_path / "nowhere") == {}


def test_a_state_that_cannot_be_written_is_logged_and_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = tmp_path / "state"
    state.write_text("a file, no folder")

    assert not record(state, "ingest", Outcome.DONE, AT)
    assert "the run journal in" in caplog.text


def test_a_full_disk_is_no_error_and_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """A process that may write files of 20 bytes only gets the system's error in the middle of the entry."""
    record(tmp_path, "ingest", Outcome.DONE, AT)
    before = (tmp_path / FOLDER / "ingest.done.json").read_bytes()
    code = (
        "import datetime, pathlib, resource, signal\nfrom jobs.runs.journal import record\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"
        f"print(record(pathlib.Path({str(tmp_path)!r}), 'ingest', 'done', datetime.datetime.now(datetime.UTC)))"
    )

    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=REPO, capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
    assert "File too large" in done.stderr
    assert (tmp_path / FOLDER / "ingest.done.json").read_bytes() == before
    assert not list((tmp_path / FOLDER).glob("*.draft"))


def _many(state: Path, name: str) -> None:
    for number in range(50):
        record(state, name, Outcome.DONE, AT + timedelta(seconds=number))


def test_writers_at_the_same_time_leave_a_whole_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_many, args=(tmp_path, name)) for name in ("ingest", "ingest", "silver", "gold")]

    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)

    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    assert list(read(tmp_path)) == ["gold", "ingest", "silver"]
    assert not list((tmp_path / FOLDER).glob("*.draft"))
