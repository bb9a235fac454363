"""SIGKILL of the job, of the engine and of both: run again, the same tables.

On a lake that stands and takes one delivery more, and on a fresh one, whose first commits make its tables. Always at
some writes and commits of each job; before, during and after every commit with `FULL_SUITE` set.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.rules.asking import ask_rules
from lakehouse.engine import warm
from lakehouse.engine.server import EngineAddress
from tests.support.killed_job import STRUCK
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import line, lines, write_small_plant
from tests.support.waiting import wait_for

pytestmark = pytest.mark.spark
REPO = Path(__file__).resolve().parents[2]
MOST_KILLS = 60
LANDED = 1_774_000_000.0  # the ledger keeps the time of each file
FULL_SIZE = pytest.mark.skipif(
    "FULL_SUITE" not in os.environ,
    reason="a kill at every commit takes most of an hour: set FULL_SUITE; a kill at some runs always",
)
LAYER_OF = {"ingest": "bronze", "silver": "silver", "gold": "gold"}
LAYERS, JOBS = tuple(LAYER_OF.values()), tuple(LAYER_OF)
NEEDS_NO_ENGINE = "ingest"  # so small a batch is parsed in the command itself
AMONG_TASKS = 8  # what silver stages then, in the midst of what its tasks write
FEW_ROWS = "20"  # worth a task of the engine: small work goes there too
Moments = tuple[tuple[str, int], ...]
SOME: dict[str, Moments] = {
    "standing": (("staging", 1), ("during", 2), ("after", 1)),
    "fresh": (("created", 1), ("after", 1)),
}
# A batch of ingest is staged once; within that its parsing counts too.
STAGED: dict[str, Moments] = {
    "ingest": (("staging", 2), ("staging", 1)),
    "silver": (("staging", 1), ("staging", 1)),
    "gold": (("staging", 1), ("staging", 1)),
}
EVERY: dict[str, Moments] = {
    "standing": (("before", 1), ("during", 1), ("after", 1)),
    "fresh": (("before", 1), ("created", 1), ("after", 1)),
}


@dataclass
class Killing:
    """A lake whose jobs run in processes of their own, on a kept engine."""

    plane: Plane
    state: Path
    task_rows: str = ""

    def run(self, job: str, who: str = "", when: str = "", number: int = 0, engine: str = "auto") -> int:
        module = ["jobs.cli"] if not who else ["tests.support.killed_job", who, when, str(number)]
        settings = {"LAKE": self.plane.lake, "LANDING": self.plane.landing, "PLANT": self.plane.plant_name,
                    "STATE": self.state, "ENGINE": engine, "ENGINE_MEMORY": "2g", "CORES": "2"}  # fmt: skip
        environment = os.environ | {f"ASSAY_{name}": str(value) for name, value in settings.items()}
        if self.task_rows:
            environment["TASK_ROWS"] = self.task_rows
        command = [sys.executable, "-m", *module, job, "--as-of", AS_OF.isoformat()]
        (self.state / STRUCK).unlink(missing_ok=True)
        done = subprocess.run(command, cwd=REPO, env=environment, capture_output=True, text=True, check=False)
        assert who or done.returncode == 0, done.stderr
        return done.returncode

    def start_engine(self) -> str:
        return warm.start(self.state, memory="2g", cores=2)[0].remote

    def engine_has_ended(self) -> bool:
        """Whether the last run killed the engine; if so, its process is gone by now."""
        if not (self.state / STRUCK).exists():
            return False
        wait_for(lambda: warm.warm_engine(self.state) is None, "the end of a killed engine")
        return True


def _first_delivery(plane: Plane) -> None:
    plane.land(
        "lines/1.jsonl", lines("2026-03-01T00:00:00+00:00", 40) + line("2026-03-01T23:00:00Z", 70.0), modified=LANDED
    )
    plane.land("machines/1.jsonl", '{"since":"2026-01-01T00:00:00Z","machine":"M1","model":"COLD"}\n', modified=LANDED)
    plane.land("failures/1.jsonl", '{"at":"2026-03-01T05:00:00Z","machine":"M1","code":"seal"}\n', modified=LANDED)


def _second_delivery(plane: Plane) -> None:
    """New readings, one that conflicts with a stored one, so that both leave, a faulty one, garbage, other limits."""
    conflicts, far = line("2026-03-01T00:10:00Z", 99.0), line("2026-03-01T04:00:00Z", 350.0)
    plane.land("lines/2.jsonl", lines("2026-03-02T00:00:00+00:00", 30) + conflicts + far + "garbage\n", modified=LANDED)
    plane.land("machines/2.jsonl", '{"since":"2026-02-01T00:00:00Z","machine":"M1","model":"HOT"}\n', modified=LANDED)
    plane.land("failures/2.jsonl", '{"at":"2026-03-02T02:00:00Z","machine":"M1","code":"seal"}\n', modified=LANDED)


@pytest.fixture(scope="module")
def first(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that has taken the first delivery."""
    root = tmp_path_factory.mktemp("first")
    plane = Plane(root, engine.remote, str(write_small_plant(root)))
    _first_delivery(plane)
    plane.run()
    return root


@pytest.fixture(scope="module")
def expected(first: Path, engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tables of the two deliveries without any kill."""
    plane = _after(first, tmp_path_factory.mktemp("unkilled"), engine.remote)
    plane.run()
    ask_rules(plane.plant, LAYERS)  # as the commands do
    return plane.digests(LAYERS)


@pytest.fixture
def killing(first: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Killing]:
    """The first delivery is in, the second waits; where a test asks for a fresh lake, both wait and nothing is in."""
    state = tmp_path / "kept"
    remote = warm.start(state, memory="2g", cores=2)[0].remote
    is_fresh = getattr(request, "param", "standing") == "fresh"
    yield Killing(_before(tmp_path, remote) if is_fresh else _after(first, tmp_path, remote), state)
    warm.stop(state)


def _before(root: Path, remote: str) -> Plane:
    """No lake yet, not even its folder; both deliveries in the landing folder."""
    plane = Plane(root, remote, str(write_small_plant(root)))
    _first_delivery(plane)
    _second_delivery(plane)
    return plane


def _after(first: Path, root: Path, remote: str) -> Plane:
    """A copy of the lake that has taken the first delivery, with the second in its landing folder."""
    shutil.copytree(first, root, dirs_exist_ok=True)
    plane = Plane(root, remote, str(write_small_plant(root)))
    _second_delivery(plane)
    return plane


def _kill_on_the_way(killing: Killing, job: str, moments: Moments, most: int = MOST_KILLS, who: str = "job") -> int:
    """Kill at commit after commit until the job has none left, or `most` times; how many runs were ended by it.

    What is done is done: the next run begins with the first commit that is missing. Where a run repeats commits that
    Delta then drops, so that nothing moved, the kill comes one commit later.
    """
    later = 0
    for kills in range(most):
        when, number = moments[kills % len(moments)]
        before = _versions(killing.plane)
        killing.start_engine()
        code = killing.run(job, who, when, number + later)
        if code == 0:
            return kills
        assert code == -signal.SIGKILL
        assert who == "job" or killing.engine_has_ended()
        if _versions(killing.plane) == before and (when, number) == moments[-1]:
            later += 1
    assert most < MOST_KILLS, f"{job} came to no end with {most} kills"
    return most


def _kill_the_engine_on_the_way(killing: Killing, job: str, when: str, expected: dict[str, str]) -> Counter[str]:
    """Kill the engine at commit after commit until the job has none left; how many runs that ended, how many went on.

    A run that goes on, because what is left needs no engine or opens another, has done the whole job: its tables are
    looked at, the lake is taken back, and the kill comes one commit later.
    """
    outcomes, number, aside = Counter[str](), 1, killing.plane.root / "aside"
    while outcomes.total() < MOST_KILLS:
        before = _versions(killing.plane)
        shutil.rmtree(aside, ignore_errors=True)
        shutil.copytree(killing.plane.lake, aside)
        killing.start_engine()
        code = killing.run(job, "engine", when, number)
        if not killing.engine_has_ended():
            assert code == 0
            return outcomes
        outcomes["ended" if code else "went on"] += 1
        if code == 0:
            layer = [LAYER_OF[job]]
            assert killing.plane.digests(layer) == {
                name: expected[name] for name in expected if name.split(".")[:1] == layer
            }
            shutil.rmtree(killing.plane.lake)
            shutil.copytree(aside, killing.plane.lake)
        number = 1 if _versions(killing.plane) != before else number + 1
    pytest.fail(f"{job} came to no end with {outcomes}")


def _running(marks: list[bytes]) -> list[bytes]:
    """Command lines of processes that have every mark; a process may end while they are read."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes())
    return [command for command in found if all(mark in command for mark in marks)]


def _versions(plane: Plane) -> dict[str, int | None]:
    return {name: plane.version(name) for name in plane.plant.tables}


@pytest.mark.parametrize(("killing", "moments"), SOME.items(), ids=SOME, indirect=["killing"])
def test_a_job_killed_on_its_way_through_its_commits_ends_in_the_same_tables(
    killing: Killing, expected: dict[str, str], moments: Moments
) -> None:
    kills = {}
    for job in JOBS:
        kills[job] = _kill_on_the_way(killing, job, moments, most=len(moments))
        killing.run(job)

    assert all(kills.values()), kills
    assert sum(kills.values()) >= 2 * len(JOBS), kills
    assert killing.plane.digests(LAYERS) == expected


@FULL_SIZE
@pytest.mark.slow
@pytest.mark.parametrize(("killing", "moments"), EVERY.items(), ids=EVERY, indirect=["killing"])
def test_a_job_killed_before_during_and_after_each_commit_ends_in_the_same_tables(
    killing: Killing, expected: dict[str, str], moments: Moments
) -> None:
    staged, kills = {}, {}
    for job in JOBS:
        staged[job] = _kill_on_the_way(killing, job, STAGED[job], most=2)
        kills[job] = _kill_on_the_way(killing, job, moments)
        killing.run(job)

    assert staged == dict.fromkeys(JOBS, 2)
    assert all(count >= 4 for count in kills.values()), kills  # a kill during a commit may come when the next has begun
    assert killing.plane.digests(LAYERS) == expected


@FULL_SIZE
@pytest.mark.slow
@pytest.mark.parametrize(
    ("killing", "when"),
    [("standing", "before"), ("standing", "after"), ("fresh", "before"), ("fresh", "created"), ("fresh", "after")],
    indirect=["killing"],
)
def test_an_engine_killed_before_and_after_each_commit_changes_no_table(
    killing: Killing, expected: dict[str, str], when: str
) -> None:
    outcomes = {}
    assert killing.run(NEEDS_NO_ENGINE, "engine", when, 1) == 0
    killing.task_rows = FEW_ROWS
    for job in JOBS[1:]:
        outcomes[job] = _kill_the_engine_on_the_way(killing, job, when, expected)

    assert all(outcome.total() >= 4 for outcome in outcomes.values()), outcomes
    assert all(outcome["ended"] for outcome in outcomes.values()), outcomes
    assert killing.plane.digests(LAYERS) == expected


@FULL_SIZE
@pytest.mark.slow
@pytest.mark.parametrize(
    ("killing", "when"), [("standing", "before"), ("standing", "after"), ("fresh", "created")], indirect=["killing"]
)
def test_job_and_engine_killed_before_and_after_each_commit_change_no_table(
    killing: Killing, expected: dict[str, str], when: str
) -> None:
    kills = {}
    for job in JOBS:
        kills[job] = _kill_on_the_way(killing, job, ((when, 1),), who="both")
        killing.start_engine()
        killing.run(job)

    assert all(count >= 4 for count in kills.values()), kills
    assert killing.plane.digests(LAYERS) == expected


@pytest.mark.parametrize(
    ("killing", "who"),
    [
        pytest.param("standing", "engine", marks=pytest.mark.slow),
        pytest.param("standing", "both", marks=[FULL_SIZE, pytest.mark.slow]),
        pytest.param("fresh", "engine", marks=[FULL_SIZE, pytest.mark.slow]),
    ],
    indirect=["killing"],
)
def test_an_engine_killed_while_each_job_writes_changes_no_table(
    killing: Killing, expected: dict[str, str], who: str
) -> None:
    killing.task_rows = FEW_ROWS
    for job, number in ((NEEDS_NO_ENGINE, 1), ("silver", AMONG_TASKS), ("gold", 3)):
        is_harmless = who == "engine" and job == NEEDS_NO_ENGINE
        assert (killing.run(job, who, "staging", number) == 0) == is_harmless
        assert killing.engine_has_ended()
        killing.start_engine()
        killing.run(job)

    assert killing.plane.digests(LAYERS) == expected


def test_an_engine_killed_while_it_parses_a_large_batch_loses_no_record(killing: Killing) -> None:
    blanks = " " * 950_000
    large = lines("2026-03-03T00:00:00+00:00", 72).replace("\n", blanks + "\n")  # more than one share
    killing.plane.land("lines/3.jsonl", large, modified=LANDED)
    before = killing.plane.table("bronze.readings").num_rows
    arriving = 72 + 30 + 2

    assert killing.run("ingest", "engine", "staging", 2) != 0
    assert killing.plane.table("bronze.readings").num_rows == before
    killing.start_engine()
    killing.run("ingest")

    assert killing.plane.table("bronze.readings").num_rows == before + arriving


def test_a_killed_job_takes_its_own_engine_with_it(killing: Killing) -> None:
    killing.task_rows = FEW_ROWS
    killing.run("ingest")
    assert killing.run("silver", "job", "staging", AMONG_TASKS, engine="local") == -signal.SIGKILL

    assert (killing.state / "local" / "engine.log").is_file()
    marks = [f"{killing.state}/local".encode(), b"SparkConnectServer"]
    wait_for(lambda: not _running(marks), "the end of the engine of a killed job", lambda: _running(marks))
