"""What a killed client left running in the engine has ended before the next run begins."""

import subprocess
import sys
from pathlib import Path

import pytest

from jobs.runtime.session import open_session
from jobs.runtime.settings import Settings
from lakehouse.engine.orphans import end_orphans, noted
from lakehouse.engine.server import EngineAddress
from tests.support.waiting import wait_for

pytestmark = pytest.mark.spark
REPO = Path(__file__).resolve().parents[3]
_CLIENT = """
import sys
from pathlib import Path
from jobs.runtime.session import open_session
from jobs.runtime.settings import Settings

root, engine = Path(sys.argv[1]), sys.argv[2]
with open_session(Settings(lake=root / "lake", state=root / "state", engine=engine)) as spark:
    print("writing", flush=True)
    while True:
        spark.range(8).write.format("delta").mode("append").save(str(root / "lake" / "t"))
"""


def _commits(root: Path) -> int:
    return len(list((root / "lake/t/_delta_log").glob("*.json")))


def _killed_writer(root: Path, engine: EngineAddress) -> None:
    """A client that is killed while it writes, after its first commits."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CLIENT, str(root), engine.remote], cwd=REPO, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    wait_for(lambda: _commits(root) >= 2, "two commits of the writer", lambda: _commits(root))
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("attempt", range(3))
def test_nothing_is_committed_any_more_once_the_next_session_is_open(
    engine: EngineAddress, tmp_path: Path, attempt: int
) -> None:
    del attempt
    _killed_writer(tmp_path, engine)
    settings = Settings(lake=tmp_path / "lake", state=tmp_path / "state", engine=engine.remote)

    with open_session(settings) as spark:
        at_open = _commits(tmp_path)
        for _ in range(20):  # as much as the engine would need for several commits more
            assert spark.range(1000).repartition(4).count() == 1000
        later = _commits(tmp_path)

    assert at_open == later >= 2
    assert list((tmp_path / "state/sessions").rglob("*.json")) == []


def test_a_session_of_a_process_that_lives_is_left_alone(engine: EngineAddress, tmp_path: Path) -> None:
    settings = Settings(lake=tmp_path / "lake", state=tmp_path / "state", engine=engine.remote)
    with open_session(settings) as first:
        with open_session(settings) as second:
            assert second.range(3).count() == 3
        assert first.range(3).count() == 3


def test_the_note_of_a_server_that_is_gone_hinders_nobody(engine: EngineAddress, tmp_path: Path) -> None:
    settings = Settings(lake=tmp_path / "lake", state=tmp_path / "state", engine=engine.remote)
    with open_session(settings) as spark, noted(settings.state, settings.lake, spark, engine.remote):
        (note,) = (tmp_path / "state/sessions").rglob("*.json")
        text = note.read_text()
    note.write_text(text.replace('"began": "', '"began": "0').replace(engine.remote, "sc://localhost:9/;token=x"))

    end_orphans(settings.state, settings.lake)

    assert not note.exists()
