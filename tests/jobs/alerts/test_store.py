import logging
import os
import random
import re
import sqlite3
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.alerts.condition import Condition, Severity
from jobs.alerts.errors import AlertStateError
from jobs.alerts.observing import observe, open_alerts
from jobs.alerts.runs import Outcome, Report, report_run
from jobs.alerts.store import FILE, LOCK, VERSION, change, damaged_files, look
from tests.support.alert_rig import rig
from tests.support.certificates import Authority

NOW = datetime(2026, 11, 28, 19, tzinfo=UTC)
REPO = Path(__file__).parents[3]
# Damaged stores in each run of the tests; with FULL_SUITE=1 many more.
FLIPPED = 2000 if os.environ.get("FULL_SUITE") else 60
STALE = Condition("table_stale/a", Severity.WARNING, "table_stale", "a is stale")


def flip(data: bytes) -> bytes:
    return data[:4096] + bytes(len(data[4096:]))


@pytest.mark.parametrize(
    "damage",
    [lambda _data: b"not a database" * 999, lambda data: data[:5000], lambda _data: b"", flip],
    ids=["another file", "cut off", "emptied", "zeros"],
)
def test_a_damaged_store_is_moved_aside_and_named(
    tmp_path: Path, damage: "object", caplog: pytest.LogCaptureFixture
) -> None:
    observe(tmp_path, "status", [STALE], NOW)
    assert callable(damage)
    broken = damage((tmp_path / FILE).read_bytes())
    (tmp_path / FILE).write_bytes(broken)

    with caplog.at_level(logging.ERROR):
        seen = observe(tmp_path, "status", [STALE], NOW)

    (aside,) = damaged_files(tmp_path)
    assert aside.read_bytes() == broken
    assert str(aside) in caplog.text
    assert seen.opened == (STALE.key,)


def test_a_second_damage_does_not_replace_the_first(tmp_path: Path) -> None:
    for number in range(1, 12):
        observe(tmp_path, "status", [STALE], NOW)
        (tmp_path / FILE).write_bytes(b"garbage" * 1000)
        observe(tmp_path, "status", [STALE], NOW)
        assert [path.name for path in damaged_files(tmp_path)][-1] == f"alerts.db.damaged-{number}"


def test_a_store_with_any_flipped_bits_is_used_or_moved_aside(tmp_path: Path, authority: Authority) -> None:
    """Whatever was flipped, the next send goes through, and what is wrong now is open afterwards."""
    plant = rig(tmp_path / "sound", authority)
    plant.send(STALE, at=NOW)
    report_run(plant.settings.state, Report("dag", "ingest_hourly", "run", Outcome.FAILED, "silver"), NOW)
    sound = (plant.settings.state / FILE).read_bytes()
    chance = random.Random(7)

    for number in range(FLIPPED):
        state = tmp_path / str(number)
        state.mkdir()
        broken = bytearray(sound)
        used = [place for place, byte in enumerate(sound) if byte]
        for place in chance.choices(used, k=chance.choice([1, 1, 4, 64])):
            broken[place] ^= 1 << chance.randrange(8)
        (state / FILE).write_bytes(broken)
        (state / LOCK).write_bytes(b"1")

        sent = rig(state, authority).send(STALE, at=NOW)

        if sent.store_error is None:
            assert open_alerts(state)
        else:
            # Two flips leave a header that is legal: of a newer version, or of a file that this SQLite may only read.
            assert re.search("is of version|readonly database", str(sent.store_error))


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    observe(tmp_path, "status", [STALE], NOW)
    with sqlite3.connect(tmp_path / FILE) as store:
        store.execute(f"PRAGMA user_version = {VERSION + 1}")
    store.close()

    with pytest.raises(AlertStateError, match="use the newer Assay"):
        observe(tmp_path, "status", [], NOW)
    with pytest.raises(AlertStateError, match="use the newer Assay"):
        open_alerts(tmp_path)
    assert damaged_files(tmp_path) == ()


def test_an_error_within_a_change_undoes_the_whole(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), change(tmp_path) as store:
        store.execute("INSERT INTO folded VALUES ('log', 1, 'x', 1)")
        raise KeyboardInterrupt

    with look(tmp_path) as store:
        assert store is not None
        assert store.execute("SELECT count(*) FROM folded").fetchone()[0] == 0


def test_a_process_killed_within_a_change_leaves_the_state_before_it(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom jobs.alerts.store import change\n"
        "with change(Path(sys.argv[1])) as store:\n"
        "    store.execute('PRAGMA cache_size = 1')\n"
        "    for n in range(5000): store.execute(\"INSERT INTO folded VALUES ('log', 1, ?, 1)\", (f'kind {n}',))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    observe(tmp_path, "status", [STALE], NOW)

    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=REPO, capture_output=True, check=False)

    assert done.returncode == -9, done.stderr
    assert observe(tmp_path, "status", [STALE], NOW).open == (STALE.key,)
    assert damaged_files(tmp_path) == ()
    with look(tmp_path) as store:
        assert store is not None
        assert store.execute("SELECT count(*) FROM folded").fetchone()[0] == 0


def test_many_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom datetime import datetime, UTC\nfrom pathlib import Path\n"
        "from jobs.alerts.condition import Condition, Severity\nfrom jobs.alerts.observing import observe\n"
        "for n in range(20):\n"
        "    key = f'{sys.argv[2]}/{n}'\n"
        "    observe(Path(sys.argv[1]), key, [Condition(key, Severity.INFO, 'k', 's')], datetime.now(UTC))\n"
    )
    words = [sys.executable, "-c", code, str(tmp_path)]

    running = [subprocess.Popen([*words, name], cwd=REPO) for name in "abcd"]

    assert [process.wait(timeout=120) for process in running] == [0] * 4
    assert len(open_alerts(tmp_path)) == 80


def test_a_store_that_is_held_is_waited_for_and_then_named(tmp_path: Path) -> None:
    with (
        change(tmp_path),
        pytest.raises(AlertStateError, match=r"fuser .*alerts\.lock"),
        change(tmp_path, patience_s=0),
    ):
        pass


def test_a_state_folder_that_cannot_be_made_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")

    with pytest.raises(OSError, match="state"):
        observe(tmp_path / "state", "status", [STALE], NOW)
