"""A small executable in place of the project's interpreter: notes each call, then ends as the test wants."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.support.waiting import wait_for

# Stands for `python -m jobs.cli <command> ...`: notes its call, then does what `plan.json` says of that command.
# A command's work is done once: a file keeps that it is, and a later call finds nothing new. With `hold` the first call
# waits, before or after its work, until `go` is there.
SCRIPT = """#!{python}
import json, os, pathlib, signal, sys, time
here = pathlib.Path(sys.argv[0]).parent
command = sys.argv[4] if sys.argv[3] in ("engine", "alerts") else sys.argv[3]
def note(name, **what):
    with open(here / name, "a") as lines:
        lines.write(json.dumps({{"command": command, "argv": sys.argv[3:], "pid": os.getpid(), **what}}) + "\\n")
note("calls.jsonl")
note("history.jsonl")
plan = json.loads((here / "plan.json").read_text()).get(command, {{}})
def hold(when):
    if plan.get("hold") == when and not (here / "held").exists():
        (here / "held").write_text(str(os.getpid()))
        while not (here / "go").exists():
            time.sleep(0.1)
time.sleep(plan.get("sleep_s", 0))
print(f"{{command}} did what it had to", file=sys.stderr)
if plan.get("signal"):
    os.kill(os.getpid(), plan["signal"])
hold("before")
work = here / "work" / command
is_new = not work.exists()
if not plan.get("code"):
    work.touch()
note("ends.jsonl", is_new=is_new)
hold("after")
print(json.dumps(plan.get("report", {{}})))
sys.exit(plan.get("code", 0))
"""


class Jobs:
    """The executable: what it shall do, and how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "python"
        self.python.write_text(SCRIPT.format(python=sys.executable), encoding="ascii")
        self.python.chmod(0o755)
        self.plan({})

    def plan(self, plan: dict[str, Any]) -> None:
        """Sets what the commands do from now on, and forgets the calls and all work that was done."""
        part = self.folder / "plan.json.part"
        part.write_text(json.dumps(plan), encoding="ascii")
        part.replace(self.folder / "plan.json")
        for name in ("calls.jsonl", "ends.jsonl"):
            (self.folder / name).write_text("", encoding="ascii")
        for name in ("held", "go"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        (self.folder / "work").mkdir()

    def calls(self) -> list[dict[str, Any]]:
        """The calls since then, in their order."""
        return self._lines("calls.jsonl")

    def ends(self, command: str) -> list[bool]:
        """Each time that a command came to the end of its work: whether it had anything new to do."""
        return [line["is_new"] for line in self._lines("ends.jsonl") if line["command"] == command]

    def wait_held(self) -> int:
        """The process of the command that waits, once it does."""
        held = self.folder / "held"
        return int(wait_for(lambda: held.read_text("ascii") if held.exists() else "", "a command", self.commands))

    def go(self) -> None:
        """Lets the command that waits go on."""
        (self.folder / "go").touch()

    def commands(self) -> list[str]:
        """The commands that were called, in their order."""
        return [call["command"] for call in self.calls()]

    def reports(self) -> list[dict[str, str]]:
        """What was reported to `assay alerts`, in order: each option with its value."""
        return _reports(self.calls())

    def all_reports(self) -> list[dict[str, str]]:
        """The same since the executable was made, whatever was planned since."""
        return _reports(self._lines("history.jsonl"))

    def started(self, command: str) -> int:
        """The process of a command, once it runs."""
        wait_for(lambda: command in self.commands(), f"a call of {command}", self.commands)
        return int(next(call["pid"] for call in self.calls() if call["command"] == command))

    def _lines(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / name).read_text(encoding="ascii").splitlines()]


def _reports(calls: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [options(call["argv"][2:]) for call in calls if call["argv"][:2] == ["alerts", "report-run"]]


def options(words: list[str]) -> dict[str, str]:
    """The options of a command line, each with its value."""
    return {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}
