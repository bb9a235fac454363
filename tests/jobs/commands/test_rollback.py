"""`assay rollback`: the champion before is champion again, by one row, and stays so."""

import pytest

from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import GateRefused, UsageError
from tests.support.commands import assay, snapshot
from tests.support.registry_rows import champion_of, say_yes

pytestmark = pytest.mark.spark


def test_rollback_is_one_row_and_cannot_be_done_twice(challenged: tuple[Settings, str, str]) -> None:
    settings, first, second = challenged
    say_yes(settings, second)
    assay(settings, "promote")
    rows = len(registry.aliases(load_plant(settings)))

    report = assay(settings, "rollback", "--reason", "it cries wolf")

    history = registry.aliases(load_plant(settings))
    assert (report.data["version"], champion_of(settings), len(history)) == (first, first, rows + 1)
    assert (history[-1].set_by, history[-1].reason) == ("assay rollback", "it cries wolf")
    with pytest.raises(UsageError, match="nothing to go back to"):
        assay(settings, "rollback", "--reason", "again")


def test_a_version_that_was_taken_back_is_promoted_by_name_only(challenged: tuple[Settings, str, str]) -> None:
    settings, _, second = challenged
    say_yes(settings, second)
    assay(settings, "promote")
    assay(settings, "rollback", "--reason", "it cries wolf")

    with pytest.raises(GateRefused, match=r"taken back on 2026-04-01 \(it cries wolf\)"):
        assay(settings, "promote")
    with pytest.raises(GateRefused, match="taken back"):  # an answer to a question that was asked before
        assay(settings, "promote", "--version", second, "--approved-by", "Ada", "--unless-taken-back")
    report = assay(settings, "promote", "--version", second)

    assert (report.changed, champion_of(settings)) == (True, second)


def test_rollback_without_a_previous_champion_is_refused(champion: Settings) -> None:
    before = snapshot(champion.lake)

    with pytest.raises(UsageError, match="nothing to go back to"):
        assay(champion, "rollback", "--reason", "why not")

    assert snapshot(champion.lake) == before
