"""`assay quarantine`: records repaired by a rule go in once, can be traced on both sides, and can be undone."""

import os
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bronze.repairs import Rule
from jobs.cli import main
from jobs.quarantine.asked import Question, answer
from jobs.quarantine.chosen import Choice
from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from lakehouse.engine.server import EngineAddress
from lakehouse.errors import UsageError
from tests.architecture.sources import text
from tests.pipeline.test_withdrawals import is_accounted_for, killed, readings
from tests.support.plane import Plane
from tests.support.small_plant import HEADER, WITHDRAW, row, write_small_plant

pytestmark = pytest.mark.spark
FULL = bool(os.environ.get("FULL_SUITE"))
OUT_OF_RANGE, SCALE = Choice(fault="value_out_of_range"), Rule(scale=Decimal("0.01"))
CLOCK = Choice(fault="clock_suspect", file="readings/one*")
ONE_DAY = Rule(shift=timedelta(days=1))
ONE = "".join(
    [
        row("2026-03-01T01:00:00Z", 4410.0),
        row("2026-03-01T02:00:00Z", 50.0),
        row("2026-03-01T03:00:00Z", 7315.0),
        row("2024-12-31T04:00:00Z", 60.0),
    ]
)
TWO = row("2026-03-01T03:00:00Z", 73.15) + row("2026-03-01T05:00:00Z", 9000.0)


def plane_at(root: Path, engine: EngineAddress) -> Plane:
    mapping = WITHDRAW["table"].partition("\n")[2].replace("table/*", "readings/*")
    return Plane(root, engine.remote, str(write_small_plant(root, table=mapping)))


def asked(
    plane: Plane, action: str, choice: Choice = OUT_OF_RANGE, rule: Rule | None = None, **given: str
) -> RunReport:
    name, is_applied = given.get("name"), bool(given.get("reason"))
    names = () if name is None else (name,)
    return answer(
        plane.settings, Question(action, names, choice, rule or Rule(), given.get("reason", ""), 20, is_applied)
    )


def land(plane: Plane, name: str, text: str) -> None:
    plane.land(f"readings/{name}.csv", f"{HEADER}\n{text}", modified=1_774_000_000.0)


@dataclass
class Steps:
    """What people and gateways do."""

    plane: Plane
    repair: str = ""

    def one(self) -> None:
        land(self.plane, "one", ONE)
        self.plane.ingest()

    def two(self) -> None:
        land(self.plane, "two", TWO)
        self.plane.ingest()

    def scale(self) -> None:
        choice = Choice(fault="value_out_of_range", file="readings/one.csv")
        self.repair = asked(self.plane, "replay", choice, SCALE, reason="hundredths").data["repair_id"]

    def shift(self) -> None:
        asked(self.plane, "replay", CLOCK, ONE_DAY, reason="clock a day behind")

    def undo(self) -> None:
        asked(self.plane, "undo", Choice(), name=self.repair, reason="not hundredths")


class Person:
    """Types the commands of the page, one after the other; silver and gold run on the engine of the tests."""

    def __init__(self, plane: Plane, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._plane, self._capsys, self.repair = plane, capsys, ""
        for name, value in {
            "LAKE": plane.lake, "LANDING": plane.landing, "PLANT": plane.plant_name, "STATE": plane.root / "state",
            "ENGINE": plane.engine, "CORES": 2, "KEYS": plane.root / "keys",
        }.items():  # fmt: skip
            monkeypatch.setenv(f"ASSAY_{name}", str(value))

    def type(self, command: str) -> str:
        """The command as it is written, with the repair's name; what it answers."""
        if command in ("assay silver", "assay gold"):
            return str({"assay silver": self._plane.silver, "assay gold": self._plane.gold}[command]())
        self._capsys.readouterr()
        words = shlex.split(command.replace("REPAIR", self.repair[:6]))
        code = main(words[1:])
        answered = self._capsys.readouterr()
        assert code in (0, 3), answered.err
        if found := re.search(r"quarantine: repair (\w+) replayed", answered.out):
            self.repair = found[1]
        return answered.out


# The page repairs a gateway's records since a day; those of the test are another's, and older.
OF_THE_PAGE = '--file "readings/penang-1/*" --since 2026-03-31T00:00:00Z'
OF_THE_TEST = '--file "readings/one.csv" --since 2026-03-01T00:00:00Z'


def commands_of_the_page() -> list[str]:
    """The commands of the blocks under that heading, in order."""
    page = text(Path("docs/operations.md"))
    assert page.count(OF_THE_PAGE) == 2
    section = page.replace(OF_THE_PAGE, OF_THE_TEST).split("## A faulty file, repaired and replayed\n")[1]
    section = section.split("\n## ")[0]
    return [line for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]


def test_the_commands_of_the_page_find_repair_replay_and_undo(
    engine: EngineAddress, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repair goes in once, is traced on both sides, and once undone all is as it was before."""
    plane = plane_at(tmp_path, engine)
    person, (first, *commands) = Person(plane, capsys, monkeypatch), commands_of_the_page()
    Steps(plane).one()
    plane.silver()
    plane.gold()
    before, aside_before = plane.digests(("silver", "gold")), plane.rows("silver.readings_quarantine")
    status = person.type("assay status --as-of 2026-04-01T12:00:00Z")
    assert re.search(r"ACT .*faulty", status), status

    assert "quarantined value_out_of_range: 2 records of 1 files" in person.type(first)
    assert "readings/one.csv line 2: value_out_of_range: S1 of M1 temperature 4410.0 C" in person.type(commands.pop(0))
    untouched = plane.snapshot()
    preview = person.type(commands.pop(0))
    assert "2 records (2 value_out_of_range) of 1 files" in preview
    assert "4410.0 C at 2026-03-01T01:00:00Z -> 44.1 C at 2026-03-01T01:00:00Z" in preview
    assert {**plane.snapshot(), ".lock": None} == {**untouched, ".lock": None}  # the first that takes it makes it
    for command in commands[:3]:
        person.type(command)
    with pytest.raises(UsageError, match="2 are repaired already"):
        asked(plane, "replay", rule=SCALE, reason="again")

    assert readings(plane) == {1: 44.1, 2: 50.0, 3: 73.15}
    assert is_accounted_for(plane)
    is_traced(plane)
    assert f"repaired by {person.repair}" in asked(plane, "show").lines[0]

    assert f"{person.repair} in force: 2 records" in person.type(commands[3])
    for command in commands[4:]:
        person.type(command)
    with pytest.raises(UsageError, match="undone already"):
        asked(plane, "undo", Choice(), name=person.repair, reason="again")

    assert readings(plane) == {2: 50.0}
    assert is_accounted_for(plane)
    after = plane.digests(("silver", "gold"))
    own = {"silver.readings_quarantine", "gold.data_quality"}
    assert {name for name in before if before[name] != after[name]} <= own
    left = [one for one in plane.rows("silver.readings_quarantine") if one["_faults"] != ["superseded"]]
    assert sorted(left, key=str) == sorted(aside_before, key=str)


def is_traced(plane: Plane) -> None:
    """From the record in quarantine to the repaired one, by one join each way."""
    repairs = {(one["repaired_file_id"], one["_line"]): one for one in plane.rows("bronze.repairs")}
    aside = [one for one in plane.rows("silver.readings_quarantine") if one["_faults"] == ["value_out_of_range"]]
    replayed = {(one["_file_id"], one["_line"]): one["value"] for one in plane.rows("bronze.readings")}
    assert len(aside) == 2
    for one in aside:
        repair = repairs[one["_file_id"], one["_line"]]
        assert one["replaced_by"] == repair["_file_id"]
        assert replayed[repair["_file_id"], repair["_line"]] == one["value"] / 100


def test_in_another_order_and_with_a_repair_that_was_undone_silver_ends_the_same(
    engine: EngineAddress, tmp_path: Path
) -> None:
    """A repair is undone before silver has seen it; in the other lake it never was. `test_repaired_records` has all."""
    found = []
    for number, order in enumerate(
        (
            ("one", "silver", "scale", "two", "undo", "silver", "shift", "silver"),
            ("two", "one", "silver", "shift", "silver"),
        )
    ):
        plane = plane_at(tmp_path / str(number), engine)
        steps = Steps(plane)
        doing: dict[str, Callable[[], object]] = {
            name: getattr(steps, name) for name in ("one", "two", "scale", "shift", "undo")
        }
        for step in order:
            (doing | {"silver": plane.silver})[step]()
        assert is_accounted_for(plane)
        assert readings(plane) == {2: 50.0, 3: 73.15, 4: 60.0}
        found.append(plane.digests(("silver",)))
    assert {name for name in found[0] if found[0][name] != found[1][name]} == {"silver.readings_quarantine"}


KILLED = [("after", 1), ("after", 2), ("after", 3)]  # the repair, the intent, the records; then the ledger is closed
if FULL:
    KILLED += [(when, number) for when in ("before", "during") for number in range(1, 5)] + [("after", 4)]


def test_killed_at_any_write_a_replay_and_its_undoing_end_the_same(engine: EngineAddress, tmp_path: Path) -> None:
    """The same command again, or the next ingest, ends what was begun; bronze then holds each repaired record once."""
    plane = plane_at(tmp_path, engine)
    steps = Steps(plane)
    steps.one()
    plane.silver()
    choice = ("--fault", "value_out_of_range", "--file", "readings/one.csv")
    replay = ("quarantine", "replay", *choice, "--scale", "0.01", "--reason", "hundredths", "--apply")
    for round_, (when, number) in enumerate(KILLED, 1):
        assert killed(plane, engine.remote, when, number, *replay) == -9
        if round_ % 2:
            plane.ingest()
        again = asked_or_done(plane)
        assert any(words in again for words in ("replayed 2 records", "it is finished now", "2 are repaired already"))
        repaired = [one for one in plane.rows("bronze.readings") if one["value"] in (44.1, 73.15)]
        assert len(repaired) == 2 * round_, (when, number, again)
        assert plane.ledger()["readings/one.csv"]["outcome"] == "repaired"
        (in_force,) = [line.split()[0] for line in asked(plane, "repairs").lines if " in force" in line]
        if round_ == 1:
            undo = ("quarantine", "undo", in_force, "--reason", "wrong", "--apply")
            assert killed(plane, engine.remote, "after", 1, *undo) == -9
        else:
            asked(plane, "undo", Choice(), name=in_force, reason="wrong")
        assert not [line for line in asked(plane, "repairs").lines if " in force" in line]
    plane.silver()
    assert readings(plane) == {2: 50.0}
    assert is_accounted_for(plane)


def asked_or_done(plane: Plane) -> str:
    """What the command says when it is given again: it did the repair, ended it, or finds it done."""
    try:
        return " ".join(asked(plane, "replay", rule=SCALE, reason="hundredths").lines)
    except UsageError as error:
        return str(error)


def test_a_repair_that_helps_nothing_is_refused_by_name(engine: EngineAddress, tmp_path: Path) -> None:
    plane = plane_at(tmp_path, engine)
    Steps(plane).one()
    plane.silver()
    before = plane.snapshot()

    for choice, rule, words in (
        (OUT_OF_RANGE, Rule(scale=Decimal("0.1")), "2 of 2 records would be set aside again (2 value_out_of_range)"),
        (OUT_OF_RANGE, Rule(), "got no rule; legal: --scale"),
        (Choice(fault="unit_mismatch"), SCALE, "nothing to repair: got --fault unit_mismatch: none is in quarantine"),
        (Choice(fault="broken"), SCALE, "legal of readings: unknown_metric"),
        (CLOCK, Rule(shift=timedelta(days=3_000_000)), "would leave the years 1 to 9999"),
    ):
        with pytest.raises(UsageError) as refused:
            asked(plane, "replay", choice, rule, reason="why")
        assert words in str(refused.value)
    assert plane.snapshot() == before
    assert plane.ingest().exit_code is ExitCode.DONE
