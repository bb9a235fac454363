import json
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.alert_commands import Commands, no_file_grows
from tests.support.alert_rig import all_changes
from tests.support.certificates import Authority
from tests.support.mail_server import MailServer
from tests.support.waiting import output, wait_for
from tests.support.webhook_receiver import Handler, Receiver, receiving, status

RUN = "scheduled__2026-11-28T19:00:00+00:00"
FAILED = ("report-run", "--dag", "ingest_hourly", "--run-id", RUN, "--outcome", "failed", "--task", "silver")
GOOD = ("report-run", "--dag", "ingest_hourly", "--run-id", RUN, "--outcome", "success")
# Moments of the kill test in each run of the tests; with FULL_SUITE=1 many more.
MOMENTS = 120 if os.environ.get("FULL_SUITE") else 8


@pytest.fixture
def commands(tmp_path: Path, authority: Authority) -> Commands:
    """Commands with the log alone."""
    return Commands(tmp_path, authority)


@pytest.fixture
def hooked(commands: Commands, receiver: Receiver) -> Commands:
    """Commands with a webhook."""
    commands.settings["webhook_url"] = receiver.url
    return commands


@pytest.fixture
def airflow() -> Iterator[Receiver]:
    """A health end point that answers as Airflow 3 does."""
    with receiving() as found:
        found.last = status(200, health())
        yield found


def health(scheduler: str | None = "healthy", processor: str = "healthy") -> bytes:
    at = "2026-11-28T19:00:00+00:00"
    return json.dumps(
        {
            "metadatabase": {"status": "healthy"},
            "scheduler": {"status": scheduler, "latest_scheduler_heartbeat": at},
            "triggerer": {"status": None, "latest_triggerer_heartbeat": None},
            "dag_processor": {"status": processor, "latest_dag_processor_heartbeat": at},
        }
    ).encode()


def ended(done: "subprocess.CompletedProcess[str]", code: int = 0) -> str:
    """Both outputs of a command that ended with that code."""
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_failed_run_is_delivered_by_the_command_that_airflow_starts(hooked: Commands, receiver: Receiver) -> None:
    ended(hooked.run(*FAILED))
    ended(hooked.run(*FAILED))
    ended(hooked.run(*GOOD))

    assert [[(each["key"], each["change"]) for each in message["alerts"]] for message in receiver.accepted] == [
        [("dag_run/ingest_hourly", "opened")],
        [("dag_run/ingest_hourly", "recovered")],
    ]


def test_without_settings_it_is_in_the_log_alone(commands: Commands) -> None:
    assert "ERROR alert: CRITICAL opened: DAG ingest_hourly failed in task silver" in ended(commands.run(*FAILED))

    assert "opened: DAG" not in ended(commands.run("send"))
    assert "only the log is configured" in ended(commands.run("test"))


def test_a_failing_delivery_is_exit_code_3_of_a_send_and_none_of_a_report(hooked: Commands, receiver: Receiver) -> None:
    receiver.last = status(404)

    assert "1 waiting; fails: https://127.0.0.1" in ended(hooked.run(*FAILED))
    assert "1 waiting; fails: https://127.0.0.1" in ended(hooked.run("send"), 3)
    said = json.loads(hooked.run("list", "--json").stdout)

    (channel,) = [each for each in said["channels"] if each["channel"] == "webhook"]
    assert (channel["circuit"], channel["failures"], channel["waiting"]) == ("closed", 2, 1)
    assert "answered 404" in channel["error"]


def test_the_channels_are_tested_one_by_one(hooked: Commands, receiver: Receiver, mail_server: MailServer) -> None:
    hooked.settings |= {
        "mail_server": mail_server.address,
        "mail_from": "assay@plant.example",
        "mail_to": "ops@plant.example",
        "mail_user": "assay",
        "mail_password": "wrong",
        "heartbeat_url": receiver.url + "/beat",
    }

    said = ended(hooked.run("test"), 3)

    assert "webhook: delivered" in said
    assert "mail: failed: " in said
    assert "the login was refused (535)" in said
    assert "heartbeat: delivered" in said
    assert [request.path for request in receiver.requests] == ["/alerts", "/alerts/beat"]
    assert receiver.requests[0].json["kind"] == "test"
    hooked.settings["mail_password"] = mail_server.password
    assert "mail: delivered" in ended(hooked.run("test"))
    assert mail_server.posts[0].mail["Subject"].startswith("[assay] test of the alerts of simulated on ")


def test_a_test_that_arrives_closes_the_circuit(hooked: Commands, receiver: Receiver) -> None:
    receiver.last = status(404)
    for _ in range(4):
        hooked.run(*FAILED)
    assert "channel webhook: circuit open, 1 waiting" in ended(hooked.run("list"))
    receiver.last = status(200)

    ended(hooked.run("test"))
    ended(hooked.run("send"))

    assert "channel webhook: circuit closed, 0 waiting" in ended(hooked.run("list"))


def test_an_alert_is_acknowledged_by_name(hooked: Commands) -> None:
    ended(hooked.run(*FAILED))

    said = ended(hooked.run("acknowledge", "dag_run/ingest_hourly", "--by", "Ada", "--for", "2h"))

    assert "acknowledged by Ada until " in said
    assert ", acknowledged by Ada until " in ended(hooked.run("list"))
    assert "unknown alert 'nonsense'; legal: dag_run/ingest_hourly" in ended(hooked.run("acknowledge", "nonsense"), 2)
    assert "needs the keys" in ended(hooked.run("acknowledge"), 2)
    assert "send takes no key" in ended(hooked.run("send", "nonsense"), 2)


def test_wrong_settings_of_a_channel_are_a_usage_error_after_the_log_was_written(commands: Commands) -> None:
    commands.settings["mail_to"] = "ops@plant.example"
    commands.settings["heartbeat_url"] = "https://127.0.0.1:1/"

    said = ended(commands.run(*FAILED)) + ended(commands.run("send"), 2)

    assert "alerts.mail_server is not set" in said
    assert "alert: CRITICAL opened: DAG ingest_hourly" in said
    assert json.loads((commands.state / "heartbeat.json").read_text())["failing_channels"] == ["settings"]


@pytest.mark.parametrize("mode", [0o600, 0o644], ids=["of the owner", "of everybody"])
def test_a_secret_in_a_file_must_be_its_owners_alone(hooked: Commands, receiver: Receiver, mode: int) -> None:
    file = hooked.folder / "secret"
    file.write_text("another secret of a test\n")
    file.chmod(mode)
    hooked.settings["webhook_secret_file"] = str(file)
    environment = dict(hooked.environment())
    del environment["ASSAY_ALERTS_WEBHOOK_SECRET"]
    hooked.environment = lambda: environment  # type: ignore[method-assign] # one variable less

    said = hooked.run("test")

    assert (said.returncode, len(receiver.requests)) == ((0, 1) if mode == 0o600 else (2, 0))
    assert ("can be read by others" in said.stderr) is (mode == 0o644)


def test_the_heartbeat_is_a_file_and_a_request_of_each_send(hooked: Commands, receiver: Receiver) -> None:
    hooked.settings["heartbeat_url"] = receiver.url + "/beat"
    ended(hooked.run(*FAILED))
    assert not (hooked.state / "heartbeat.json").exists()

    ended(hooked.run("send", "--as-of", "2026-11-28T20:00:00Z"))
    ended(hooked.run("send", "--as-of", "2026-11-28T20:05:00Z"))

    beats = [request.json for request in receiver.requests if request.path == "/alerts/beat"]
    file = json.loads((hooked.state / "heartbeat.json").read_text())
    assert [beat["at"] for beat in beats] == ["2026-11-28T20:00:00+00:00", "2026-11-28T20:05:00+00:00"]
    assert file == beats[-1]
    assert (file["looked"], file["open_alerts"]["critical"], file["waiting_messages"]) == (True, 1, 0)
    assert datetime.fromisoformat(file["at"]).tzinfo is not None


def test_a_heartbeat_that_is_not_taken_is_exit_code_3_and_an_alert(hooked: Commands, receiver: Receiver) -> None:
    hooked.settings["heartbeat_url"] = "https://127.0.0.1:1/HIDDEN"

    for _ in range(4):
        said = ended(hooked.run("send"), 3)

    assert "HIDDEN" not in said
    assert "heartbeat" in said
    assert [alert["key"] for message in receiver.accepted for alert in message["alerts"]] == [
        "channel_failing/heartbeat"
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (health("unhealthy"), "scheduler is unhealthy"),
        (health(None), "the scheduler says no status"),
        (health(processor="unhealthy"), "dag_processor is unhealthy"),
        (b"<html>", "does not answer as Airflow's health end point does"),
        (None, "refused"),
    ],
    ids=["scheduler", "no status", "processor", "another server", "nobody"],
)
def test_a_scheduler_that_is_gone_is_noticed_and_so_is_its_return(
    commands: Commands, airflow: Receiver, answer: bytes | None, said: str
) -> None:
    commands.settings["airflow_health_url"] = airflow.url
    ended(commands.run("send"))
    assert "no alert is open" in ended(commands.run("list"))
    if answer is None:
        commands.settings["airflow_health_url"] = "http://127.0.0.1:1/api/v2/monitor/health"
    else:
        airflow.last = status(200, answer)

    gone = ended(commands.run("send"))

    assert "alert: CRITICAL opened: Airflow does not run: " in gone
    assert said in gone
    commands.settings["airflow_health_url"] = airflow.url
    airflow.last = status(200, health())
    assert "recovered: Airflow does not run" in ended(commands.run("send"))


def test_a_scheduler_that_is_silent_is_noticed_by_its_runs(commands: Commands) -> None:
    """Asked by a timer: the last run was reported at seven, the limit is three hours."""
    commands.settings["no_run_after"] = "3h"
    ended(commands.run("send", "--as-of", "2026-11-28T18:00:00Z"))
    ended(commands.run(*GOOD, "--as-of", "2026-11-28T19:00:00Z"))

    ended(commands.run("send", "--as-of", "2026-11-28T22:00:00Z", "--expected-runs", "none"))
    assert "no alert is open" in ended(commands.run("list"))
    ended(commands.run("send", "--as-of", "2026-11-28T22:01:00Z"))

    assert "no DAG has reported a run since 2026-11-28T19:00:00Z" in ended(commands.run("list"))
    commands.settings["no_run_after"] = "off"
    assert "1 recovered" in ended(commands.run("send", "--as-of", "2026-11-28T22:05:00Z"))


def test_a_damaged_store_is_an_alert_until_a_person_has_removed_the_file(hooked: Commands, receiver: Receiver) -> None:
    ended(hooked.run("send"))
    (hooked.state / "alerts.db").write_bytes(b"garbage" * 1000)
    ended(hooked.run("send"))
    ended(hooked.run("send"))
    (hooked.state / "alerts.db.damaged-1").unlink()
    ended(hooked.run("send"))

    assert [[(each["key"], each["change"]) for each in message["alerts"]] for message in receiver.accepted] == [
        [("alert_store_damaged/alerts.db.damaged-1", "opened")],
        [("alert_store_damaged/alerts.db.damaged-1", "recovered")],
    ]


@pytest.mark.parametrize("words", [FAILED, ("send",)], ids=["report-run", "send"])
def test_on_a_full_disk_alerts_are_delivered_directly_and_the_exit_code_is_not_0(
    hooked: Commands, receiver: Receiver, words: tuple[str, ...]
) -> None:
    said = ended(hooked.run(*words, before=no_file_grows), 1)

    (message,) = receiver.accepted
    keys = [alert["key"] for alert in message["alerts"]]
    assert keys == ["alert_store_unusable", "dag_run/ingest_hourly"][: 1 if words == ("send",) else 2]
    assert "alerts could not be recorded" in said
    assert "were delivered directly" in said
    assert "alert: CRITICAL opened: alerts cannot be recorded in " in said
    ended(hooked.run(*FAILED))
    assert all_changes(receiver.accepted[1:]) == [
        [("alert_store_unusable", "recovered"), ("dag_run/ingest_hourly", "opened")]
    ]


def test_on_a_full_disk_what_is_known_already_is_not_said_again(hooked: Commands, receiver: Receiver) -> None:
    ended(hooked.run(*FAILED))
    (hooked.state / "alerts.db-journal").unlink(missing_ok=True)

    ended(hooked.run(*FAILED, before=no_file_grows), 1)

    assert all_changes(receiver.accepted) == [
        [("dag_run/ingest_hourly", "opened")],
        [("alert_store_unusable", "opened")],
    ]


def test_a_state_folder_that_cannot_be_made_is_the_same(hooked: Commands, receiver: Receiver) -> None:
    hooked.state.write_text("a file")

    ended(hooked.run("send"), 1)
    ended(hooked.run("send"), 1)

    assert all_changes(receiver.accepted) == [[("alert_store_unusable", "opened")]]


def test_a_process_killed_between_delivery_and_mark_delivers_the_same_message_again(
    hooked: Commands, receiver: Receiver
) -> None:
    victims: list[subprocess.Popen[str]] = []

    def kill(handler: Handler) -> None:
        wait_for(lambda: victims, "the process that sends")[0].kill()
        wait_for(victims[0].poll, "its end")
        handler.connection.close()

    receiver.answers = [kill]
    victims.append(hooked.start(*FAILED))
    output(victims[0])

    ended(hooked.run("send"))
    ended(hooked.run("send"))

    assert victims[0].returncode == -signal.SIGKILL
    first, second = receiver.requests
    assert (first.body, first.headers["assay-delivery"]) == (second.body, second.headers["assay-delivery"])


def test_a_process_killed_at_any_line_loses_nothing_and_repeats_nothing(authority: Authority, tmp_path: Path) -> None:
    """Two runs fail, each report is killed at some line; afterwards each is delivered, under one delivery id."""
    whole = Commands(tmp_path / "whole", authority)
    whole.folder.mkdir()
    lines = int(ended(whole.killed(0, *FAILED)).rpartition("LINES ")[2].split()[0])

    for moment in range(1, MOMENTS + 1):
        with receiving(authority.context) as receiver:
            commands = Commands(tmp_path / str(moment), authority, {"webhook_url": receiver.url})
            commands.folder.mkdir()
            killed = commands.killed(1 + lines * moment // (MOMENTS + 1), *FAILED)
            ended(commands.run(*FAILED))
            ended(commands.run("send"))

        assert killed.returncode == -signal.SIGKILL
        assert [(each["key"], each["change"]) for message in receiver.accepted for each in message["alerts"]] == [
            ("dag_run/ingest_hourly", "opened")
        ]
        assert not list(commands.state.glob("*damaged*"))


def test_two_senders_at_once_deliver_once(hooked: Commands, receiver: Receiver) -> None:
    receiver.last = status(404)
    ended(hooked.run(*FAILED))
    receiver.requests.clear()
    receiver.last = status(200)

    running = [hooked.start("send") for _ in range(3)]

    said = [output(process) for process in running]

    assert [process.returncode for process in running] == [0, 0, 0], said
    assert len(receiver.requests) == 1
