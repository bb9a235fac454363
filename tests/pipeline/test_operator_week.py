"""A week of an operator who sleeps, on a simulated clock: what goes wrong at night is at the webhook in time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.alert_commands import Commands, no_file_grows
from tests.support.certificates import make_authority
from tests.support.small_plant import line, write_small_plant
from tests.support.webhook_receiver import Receiver, receiving

# A metric that the plant's profile does not know, as a person would misspell it.
MISTAKE = """
feed = "readings"
files = ["more/*"]
format = "csv"
[time]
column = "at"
kind = "zoned"
[columns]
sensor_id = "sensor"
machine_id = "machine"
value = "value"
[constants]
factory_id = "F1"
metric = "temprature"
unit = "C"
"""


class Week:
    """The plant, its commands, and the people who are notified."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plant = write_small_plant(folder)
        authority = make_authority(folder / "authority")
        self._context = authority.context
        self.commands = Commands(folder, authority)
        self.commands.environment_more = {"ASSAY_PLANT": str(self.plant), "ASSAY_LEAST_FREE": "1%"}
        (folder / "landing").mkdir()

    def people(self) -> Iterator[tuple[Receiver, Receiver]]:
        """The operator, and who is asked when the operator does not answer."""
        with receiving(self._context) as operator, receiving(self._context) as lead:
            self.commands.settings |= {
                "webhook_url": operator.url,
                "quiet_hours": "22:00-06:00",
                "escalation_1_after": "30min",
                "escalation_1_webhook_url": lead.url,
                "heartbeat_url": operator.url + "/beat",
                "no_run_after": "26h",
            }
            yield operator, lead

    def run(self, outcome: str, day: int, clock: str, *, is_disk_full: bool = False) -> int:
        """A run of the DAG is reported at a time of that day of November, UTC."""
        run_id = f"scheduled__2026-11-{day}T{clock}:00+00:00"
        words = ["report-run", "--dag", "ingest_hourly", "--run-id", run_id, "--outcome", outcome]
        before = no_file_grows if is_disk_full else None
        return self.commands.run(*words, "--as-of", f"2026-11-{day}T{clock}:00Z", before=before).returncode

    def send(self, day: int, clock: str) -> int:
        """The timer's command at a time of that day."""
        return self.commands.run("send", "--as-of", f"2026-11-{day}T{clock}:00Z").returncode


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return Week(tmp_path)


def said(receiver: Receiver, *kinds: str) -> list[tuple[str, str]]:
    """What arrived about these kinds, in order: kind and change."""
    messages: list[dict[str, Any]] = [request.json for request in receiver.requests if request.path == "/alerts"]
    return [
        (alert["kind"], alert["change"])
        for message in messages
        for alert in message["alerts"]
        if alert["kind"] in kinds
    ]


def test_every_trouble_of_the_week_arrives(week: Week) -> None:
    for operator, lead in week.people():
        _a_red_night(week, operator, lead)
        _a_late_night(week, operator)
        _a_full_disk(week, operator)
        _a_dead_scheduler(week, operator)
        _a_mapping_mistake(week, operator)

        beats = [request.json for request in operator.requests if request.path == "/alerts/beat"]
        assert {beat["looked"] for beat in beats} == {True}
        assert beats[-1]["waiting_messages"] == 0
        # That the run of Friday morning is late, as nothing has run since, is a warning and true.
        assert "critical" not in week.commands.assay("alerts", "list").stdout


def _a_red_night(week: Week, operator: Receiver, lead: Receiver) -> None:
    """Monday at ten past two in Berlin the run fails; nobody answers; in the morning it is repaired."""
    assert week.run("success", 23, "00:10") == 0
    assert week.run("failed", 23, "01:10") == 0
    assert said(operator, "dag_run_failed") == [("dag_run_failed", "opened")]

    week.send(23, "01:50")
    assert said(lead, "dag_run_failed") == [("dag_run_failed", "escalated")]

    assert week.run("success", 23, "06:00") == 0
    assert said(operator, "dag_run_failed")[1:] == said(lead, "dag_run_failed")[1:] == [("dag_run_failed", "recovered")]


def _a_late_night(week: Week, operator: Receiver) -> None:
    """Tuesday night the run is late: that waits for the morning."""
    assert week.run("late", 24, "01:10") == 0
    week.send(24, "03:00")
    assert said(operator, "dag_run_late") == []

    week.send(24, "05:05")
    assert said(operator, "dag_run_late") == [("dag_run_late", "opened")]
    assert operator.requests[-2].json["kind"] == "summary"
    assert week.run("success", 24, "05:30") == 0
    assert said(operator, "dag_run_late")[1:] == [("dag_run_late", "recovered")]


def _a_full_disk(week: Week, operator: Receiver) -> None:
    """Wednesday night the disk is full: both the failure and the disk are said at once, at the price of exit code 1."""
    before = len(said(operator, "dag_run_failed"))
    assert week.run("failed", 25, "01:10", is_disk_full=True) == 1
    assert said(operator, "alert_store_unusable") == [("alert_store_unusable", "opened")]
    assert said(operator, "dag_run_failed")[before:] == [("dag_run_failed", "opened")]

    assert week.run("success", 25, "06:00") == 0
    assert said(operator, "alert_store_unusable")[1:] == [("alert_store_unusable", "recovered")]


def _a_dead_scheduler(week: Week, operator: Receiver) -> None:
    """Thursday no run has been reported for 26 hours: only the timer can notice."""
    week.send(26, "07:59")
    assert said(operator, "scheduler_gone") == []
    week.send(26, "08:01")
    assert said(operator, "scheduler_gone") == [("scheduler_gone", "opened")]

    assert week.run("success", 26, "09:00") == 0
    week.send(26, "09:05")
    assert said(operator, "scheduler_gone")[1:] == [("scheduler_gone", "recovered")]


def _a_mapping_mistake(week: Week, operator: Receiver) -> None:
    """Friday a mapping names a metric that is not there: its files wait, the others are read."""
    landing, mapping = week.folder / "landing", week.plant / "mappings" / "more.toml"
    assert week.commands.assay("ingest").returncode == 0
    mapping.write_text(MISTAKE)
    for name, content in {"lines/one": line("2026-11-27T08:00:00Z"), "more/one": "at,sensor,machine,value\n"}.items():
        (landing / name).parent.mkdir(exist_ok=True)
        (landing / name).write_text(content)

    ingested = week.commands.assay("ingest")
    assert ingested.returncode == 2
    assert "temprature" in ingested.stdout + ingested.stderr
    assert _read_files(week) == {"lines/one"}

    week.send(27, "10:00")
    assert said(operator, "mapping_refused") == [("mapping_refused", "opened")]
    status = week.commands.assay("status", "--as-of", "2026-11-27T10:00:00Z")
    assert status.returncode == 3
    assert "correct the mapping more" in status.stdout

    mapping.write_text(MISTAKE.replace("temprature", "temperature"))
    assert week.commands.assay("ingest").returncode == 0
    assert _read_files(week) == {"lines/one", "more/one"}
    week.send(27, "11:00")
    assert said(operator, "mapping_refused")[1:] == [("mapping_refused", "recovered")]


def _read_files(week: Week) -> set[str]:
    """Paths of the files that the ledger says were read."""
    asked = week.commands.assay("sql", "SELECT path FROM bronze.files WHERE outcome = 'read'", "--csv")
    return set(asked.stdout.splitlines()[1:])
