import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.cli import COMMANDS
from jobs.runtime.alert_keys import ALERT_KEYS
from jobs.runtime.exits import ExitCode
from jobs.runtime.setting_keys import KEYS
from tests.architecture.sources import REPO, text, tracked
from tests.architecture.test_import_rules import MAY_IMPORT

README = Path("README.md")
DECISIONS = Path("docs/decisions.md")
GUIDES = ("alerts", "architecture", "bring_your_own_plant", "operations")
PAGES = (README, DECISIONS, *(Path(f"docs/{name}.md") for name in GUIDES))
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")


def table(page: str, head: str) -> list[list[str]]:
    """The cells of the table whose first heading is `head`, without heading and rule."""
    lines = page[page.index(f"\n| {head} |") + 1 :].split("\n\n", maxsplit=1)[0].splitlines()
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def codes(cell: str) -> list[str]:
    """What stands between backticks in a cell."""
    return CODE.findall(cell)


def named_places(page: str) -> Iterator[str]:
    """Every file that the evidence of a decision names."""
    for line in page.splitlines():
        if line.startswith("| ") and not line.startswith("| what |"):
            for code in codes(line.split("|")[-2]):
                if re.search(r"\.(?:py|md|toml|txt|sh|lock|json)$", code):
                    yield code


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


def test_every_piece_of_evidence_is_there() -> None:
    places = set(named_places(text(DECISIONS)))

    assert len(places) > 50
    assert not [place for place in sorted(places) if not (REPO / place).is_file()]


def test_every_decision_says_what_why_and_on_what_it_rests() -> None:
    rows = [line for line in text(DECISIONS).splitlines() if line.startswith("| ") and not line.startswith("| what |")]

    assert not [row for row in rows if len(re.split(r"(?<!\\)\|", row)) != 5 or not all(row.split("|")[1:-1])]
