import re
from pathlib import Path

import pytest

from jobs.cli import COMMANDS
from jobs.runtime.alert_keys import ALERT_KEYS
from jobs.runtime.exits import ExitCode
from jobs.runtime.setting_keys import KEYS
from tests.architecture.sources import REPO, text, tracked
from tests.architecture.test_import_rules import MAY_IMPORT

README = Path("README.md")
GUIDES = ("alerts", "architecture", "bring_your_own_plant", "operations")
DECISIONS = tuple(path for path in tracked() if path.parent == Path("docs/decisions"))
PAGES = (README, *DECISIONS, *(Path(f"docs/{name}.md") for name in GUIDES))
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")


def table(page: str, head: str) -> list[list[str]]:
    """The cells of the table whose first heading is `head`, without heading and rule."""
    lines = page[page.index(f"\n| {head} |") + 1 :].split("\n\n", maxsplit=1)[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def codes(cell: str) -> list[str]:
    """What stands between backticks in a cell."""
    return CODE.findall(cell)


def test_commands_are_those_of_the_command() -> None:
    listed = {codes(name)[0].removeprefix("assay "): meaning for name, meaning in table(text(README), "command")}

    assert listed == {name: command.help for name, command in COMMANDS.items()}


def test_settings_are_those_in_force() -> None:
    listed = [(codes(name)[0], meaning, legal) for name, meaning, legal in table(text(README), "setting")]

    assert listed == [(key.name, key.meaning, key.legal) for key in KEYS.values()]


def test_settings_of_alerts_are_those_in_force() -> None:
    listed = [(codes(name)[0], meaning, legal) for name, meaning, legal in table(text(README), "setting of `[alerts]`")]

    assert listed == [(key.name, key.meaning, key.legal) for key in ALERT_KEYS.values()]


def test_exit_codes_are_all_named() -> None:
    listed = {int(code) for row in table(text(README), "exit code") for code in row[0].split(",")}

    assert listed == {int(code) for code in ExitCode}


def test_make_targets_are_those_of_make() -> None:
    made = re.findall(r"^([a-z]+):.*## (.*)$", text(Path("Makefile")), re.MULTILINE)

    listed = [(codes(name)[0].removeprefix("make "), meaning) for name, meaning in table(text(README), "target")]

    assert sorted(listed) == sorted((name, meaning) for name, meaning in made if name != "help")


def test_packages_and_their_imports_are_those_that_are_enforced() -> None:
    listed = {codes(name)[0]: set(codes(ours)) for name, _, ours in table(text(README), "package")}

    assert listed == {room: set(rule.ours) for room, rule in MAY_IMPORT.items()}


def test_dags_are_those_of_the_folder() -> None:
    listed = {codes(dag)[0] for dag, *_ in table(text(README), "DAG")}

    assert listed == {path.stem for path in tracked() if path.parent == Path("dags/docs")}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = [link for link in LINK.findall(text(page)) if "://" not in link]
    lost = [link for link in targets if not (REPO / page.parent / link.split("#")[0]).is_file()]

    assert not lost
