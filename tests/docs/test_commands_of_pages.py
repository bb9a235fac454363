"""Every command of Assay that the README, the guides and the runbooks name is run as it is written, on a small plant.

Commands of Airflow are typed in `tests/jobs/airflow_local/test_page_commands.py`, those of the guide for a plant of
one's own in `test_bring_your_own_plant.py`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import text
from tests.docs.pages import PAGES
from tests.docs.shell import FENCED, Shell, blocks_on_the_demo

pytestmark = [pytest.mark.slow, pytest.mark.spark]
INLINE = re.compile(r"`(?:\.venv/bin/)?(assay [^`]+)`")
# What a person has to fill in: `FILE`, `KEY...`, `...`.
PLACEHOLDER = re.compile(r"\b[A-Z]{3,}\b(?![.\"'])|\.\.\.|/path/to")
# A command that has commands of its own says which, and a person is expected to name one.
GROUPS = {
    "assay alerts", "assay bundle", "assay engine", "assay gateway", "assay keys", "assay models", "assay plant",
    "assay quarantine",
}  # fmt: skip
# Named without what it needs, or on a plant of 12 days, which has no champion: the answer names what is missing.
LACKING = {
    "assay alerts acknowledge": "needs the keys",
    "assay alerts report-run": "--dag",
    "assay bundle build": "there is no champion to seal",
    "assay gateway replay": "bundle",
    "assay lineage": "required: what",
    "assay models confirm": "there is no champion",
    "assay quarantine replay": "got no rule",
    "assay rollback": "--reason",
    "assay simulate": "--truth",
}
ELSEWHERE = {
    "assay engine serve": "runs until it is ended: tests/lakehouse/engine/test_serving.py",
}
FINE, PERSON_NEEDED = 0, 3


def inline() -> list[str]:
    """Each command within a sentence of a page, once; the engine is stopped last."""
    found = {command.replace("\\|", "|") for page in PAGES for command in INLINE.findall(text(page))}
    whole = [command for command in found if not PLACEHOLDER.search(_without_texts(command))]
    return sorted(set(whole) - set(ELSEWHERE), key=lambda command: (command == "assay engine stop", command))


def _without_texts(command: str) -> str:
    return re.sub(r'"[^"]*"', '""', command)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("checkout"))
    for command in (
        "assay keys make",
        "assay simulate --truth demo/truth --days 12 --machines 3 --step 1",
        "assay pipeline --rounds 5",
    ):
        done = made.run(command)
        assert done.returncode == FINE, done.stdout + done.stderr
    yield made
    made.run("assay engine stop")


def test_the_pages_name_commands() -> None:
    assert len(inline()) > 25
    assert len(blocks_on_the_demo()) == 3
    assert set(inline()) >= GROUPS | LACKING.keys()


@pytest.mark.parametrize("command", inline())
def test_a_command_within_a_sentence_runs(command: str, shell: Shell) -> None:
    done = shell.run(command)

    assert "Traceback" not in done.stderr
    if missing := "usage: assay" if command in GROUPS else LACKING.get(command):
        assert done.returncode == 2, done.stdout + done.stderr
        assert missing in done.stderr
    else:
        assert done.returncode in (FINE, PERSON_NEEDED), done.stdout + done.stderr


def test_the_commands_after_a_corrected_mapping_run(shell: Shell) -> None:
    (block,) = (block for block in FENCED.findall(text(Path("docs/operations.md"))) if "--again" in block)

    done = shell.run(block)

    assert done.returncode == FINE, done.stdout + done.stderr
    assert "not read again, the mapping reads as it did" in done.stdout


def test_the_questions_of_the_readme_are_answered(shell: Shell) -> None:
    (block,) = (block for block in blocks_on_the_demo() if block.startswith("assay sql"))

    done = shell.run(block)

    assert done.returncode == FINE, done.stdout + done.stderr


def test_the_readmes_look_at_the_demos_lake_runs_as_written(shell: Shell) -> None:
    """Its last command needs a champion's bundle, which 12 days do not make: that is all it may miss."""
    done = shell.run(shell.prelude)
    after = shell.run("unset ASSAY_LAKE ASSAY_LANDING ASSAY_KEYS ASSAY_STATE\nassay settings --json")

    assert done.returncode == 2, done.stdout + done.stderr
    assert "OK    lake" in done.stdout
    assert done.stderr.strip().endswith("the champion has no bundle yet; run `assay bundle build`")
    assert after.returncode == FINE, after.stdout + after.stderr
    assert "demo/lake" not in after.stdout
