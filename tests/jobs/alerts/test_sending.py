import json
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.alerts.breaker import FAILURES_TO_OPEN, LONGEST_WAIT, Circuit
from jobs.alerts.channel_states import channel_views
from jobs.alerts.condition import Condition, Severity
from jobs.alerts.message import MOST_NAMED
from jobs.alerts.observing import MOST_OPEN
from jobs.alerts.outbox import MOST_WAITING
from jobs.alerts.store import look
from tests.support.alert_rig import NOON, Rig, all_changes, changes, rig, stale
from tests.support.certificates import Authority
from tests.support.mail_server import MailServer
from tests.support.webhook_receiver import Receiver, silent, status

MINUTE = timedelta(minutes=1)
CRITICAL = Severity.CRITICAL


@pytest.fixture
def hooked(tmp_path: Path, authority: Authority, receiver: Receiver) -> Rig:
    """An installation with a webhook."""
    return rig(tmp_path, authority, receiver)


def counted(state: Path, table: str) -> int:
    """Rows of a table of the store."""
    with look(state) as store:
        assert store is not None
        return int(store.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_one_message_while_it_is_open_and_one_when_it_recovers(hooked: Rig, receiver: Receiver) -> None:
    for minute in range(5):
        hooked.send(stale(), at=NOON + minute * MINUTE)
    hooked.send(at=NOON + 5 * MINUTE)
    hooked.send(at=NOON + 6 * MINUTE)

    opened, recovered = receiver.accepted
    assert (opened["kind"], changes(opened)) == ("alert", [("gold.machine_daily", "opened")])
    assert opened["title"] == "WARNING opened: gold.machine_daily is stale"
    assert opened["text"].splitlines() == [opened["title"], "  run it"]
    assert (recovered["kind"], changes(recovered)) == ("recovery", [("gold.machine_daily", "recovered")])
    assert (opened["alerts"][0]["opened_at"], recovered["alerts"][0]["recovered_at"]) == (
        "2026-11-28T12:00:00+00:00",
        "2026-11-28T12:05:00+00:00",
    )
    assert counted(hooked.settings.state, "alerts") == counted(hooked.settings.state, "notified") == 0


def test_conditions_of_one_look_are_one_message_the_most_severe_first(hooked: Rig, receiver: Receiver) -> None:
    hooked.send(stale("a"), stale("b", CRITICAL), stale("c", Severity.INFO))

    (message,) = receiver.accepted
    assert changes(message) == [("b", "opened"), ("a", "opened"), ("c", "opened")]
    assert message["title"] == "3 opened; the most severe is critical"
    assert message["counts"]["opened"] == 3


def test_a_storm_is_one_message_with_counts(hooked: Rig, receiver: Receiver) -> None:
    storm = [stale(f"t{number}") for number in range(10_000)]

    hooked.send(*storm)
    hooked.send(*storm, at=NOON + MINUTE)
    hooked.send(at=NOON + 2 * MINUTE)

    opened, recovered = receiver.accepted
    assert len(opened["alerts"]) == len(recovered["alerts"]) == MOST_NAMED
    assert opened["counts"]["opened"] == recovered["counts"]["recovered"] == MOST_OPEN
    assert sum(more["alerts"] for more in opened["more"]) == MOST_OPEN - MOST_NAMED
    assert opened["alerts"][0]["subject"].startswith(f"{10_000 - MOST_OPEN + 1} more conditions of status")
    assert len(json.dumps(opened)) < 65_536


def test_what_gets_worse_is_said_once(hooked: Rig, receiver: Receiver) -> None:
    for minute, severity in enumerate([Severity.INFO, CRITICAL, Severity.INFO, CRITICAL]):
        hooked.send(stale(severity=severity), at=NOON + minute * MINUTE)

    assert all_changes(receiver.accepted) == [
        [("gold.machine_daily", "opened")],
        [("gold.machine_daily", "worsened")],
    ]


def test_what_cannot_be_delivered_is_sent_later_in_order_and_once(hooked: Rig, receiver: Receiver) -> None:
    receiver.last = status(500)
    failing = hooked.send(stale("a"))
    hooked.send(stale("a"), stale("b"), at=NOON + MINUTE)
    hooked.send(stale("b"), stale("c"), at=NOON + 2 * MINUTE)
    tried = len(receiver.requests)
    receiver.last = status(200)

    hooked.send(stale("b"), stale("c"), at=NOON + 2 * LONGEST_WAIT)
    hooked.send(stale("b"), stale("c"), at=NOON + 2 * LONGEST_WAIT + MINUTE)

    assert failing.is_failing
    assert [result.waiting for result in failing.results] == [0, 1]
    first, *rest = [request.json for request in receiver.requests[tried:]]
    assert {request.headers["assay-delivery"] for request in receiver.requests[:tried]} == {first["delivery_id"]}
    assert changes(first) == [("a", "opened")]
    assert all_changes(rest) == [[("a", "recovered"), ("b", "opened"), ("c", "opened")]]


def test_a_failing_webhook_does_not_block_mail(
    tmp_path: Path, authority: Authority, receiver: Receiver, mail_server: MailServer
) -> None:
    receiver.last = silent
    both = rig(tmp_path, authority, receiver, mail_server)

    sent = both.send(stale())

    assert {result.channel: bool(result.error) for result in sent.results} == {
        "log": False,
        "webhook": True,
        "mail": False,
    }
    assert mail_server.posts[0].mail["Subject"] == "[assay] WARNING opened: gold.machine_daily is stale"
    receiver.last = status(404)
    both.send(stale(), at=NOON + MINUTE)
    assert len(mail_server.posts) == 1


def test_the_circuit_opens_is_visible_and_closes(hooked: Rig, receiver: Receiver) -> None:
    receiver.last = status(404)
    for minute in range(FAILURES_TO_OPEN + 2):
        hooked.send(stale(), at=NOON + minute * timedelta(seconds=1))
    at = NOON + timedelta(seconds=FAILURES_TO_OPEN + 2)

    view = next(view for view in channel_views(hooked.settings.state) if view.state.name == "webhook")
    assert (view.state.circuit(at), view.waiting, len(receiver.requests)) == (Circuit.OPEN, 1, FAILURES_TO_OPEN)
    assert "answered 404" in view.state.error
    assert view.state.circuit(at + 2 * MINUTE) is Circuit.HALF_OPEN

    hooked.send(stale(), at=at + 2 * MINUTE)
    assert len(receiver.requests) == FAILURES_TO_OPEN + 1
    receiver.last = status(200)
    hooked.send(stale(), at=at + LONGEST_WAIT)

    view = next(view for view in channel_views(hooked.settings.state) if view.state.name == "webhook")
    assert (view.state.circuit(at), view.waiting, view.state.failures) == (Circuit.CLOSED, 0, 0)


def test_a_receiver_that_is_briefly_ill_is_asked_again_in_the_same_send(hooked: Rig, receiver: Receiver) -> None:
    receiver.answers = [status(503), status(502)]

    sent = hooked.send(stale())

    assert not sent.is_failing
    assert len(receiver.requests) == 3
    assert len(receiver.accepted) == 1


def test_what_comes_and_goes_while_nothing_is_delivered_is_bounded_and_counted(hooked: Rig, receiver: Receiver) -> None:
    receiver.last = status(404)
    flapping = MOST_WAITING // 500 + 3
    for minute in range(flapping):
        worst = [stale(f"worst{minute}", CRITICAL)]
        hooked.send(*worst, *(stale(f"t{minute}.{number}") for number in range(499)), at=NOON + minute * MINUTE)
    hooked.send(at=NOON + flapping * MINUTE)

    assert counted(hooked.settings.state, "alerts") <= MOST_WAITING + 500
    receiver.last = status(200)
    before = len(receiver.requests)
    hooked.send(at=NOON + timedelta(days=1))

    first, rest = [request.json for request in receiver.requests[before:]]
    assert first["counts"]["opened"] == 500
    meanwhile = rest["counts"]["recovered_meanwhile"]
    assert (meanwhile, rest["counts"]["recovered"]) == (500 * (flapping - 1), 500)
    named = [alert["key"] for alert in rest["alerts"] if alert["change"] == "recovered_meanwhile"]
    assert {f"table_stale/worst{minute}" for minute in range(1, flapping)} <= set(named)
    assert len(rest["alerts"]) + sum(more["alerts"] for more in rest["more"]) == 500 * flapping


def test_a_channel_that_is_new_learns_what_is_open(tmp_path: Path, authority: Authority, receiver: Receiver) -> None:
    rig(tmp_path, authority).send(stale("old"))

    rig(tmp_path, authority, receiver).send(stale("old"), at=NOON + MINUTE)

    assert all_changes(receiver.accepted) == [[("old", "opened")]]


def test_a_send_without_the_settings_of_a_channel_takes_nothing_from_it(
    tmp_path: Path, authority: Authority, receiver: Receiver
) -> None:
    rig(tmp_path, authority, receiver).send(stale())

    rig(tmp_path, authority).send(at=NOON + MINUTE)
    rig(tmp_path, authority, receiver).send(at=NOON + 2 * MINUTE)

    assert all_changes(receiver.accepted)[1:] == [[("gold.machine_daily", "recovered")]]


def test_wrong_settings_of_a_channel_leave_the_log_and_are_named(
    tmp_path: Path, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    sent = rig(tmp_path, authority, mail_to=("a@b.example",)).send(stale())

    assert "mail_server is not set" in str(sent.settings_error)
    assert [result.channel for result in sent.results] == ["log"]
    assert "WARNING opened: gold.machine_daily is stale" in caplog.text


def test_odd_texts_arrive_as_valid_json(hooked: Rig, receiver: Receiver) -> None:
    odd = Condition("waiting/\udcff\n", Severity.WARNING, "files_waiting", 'a "b" \\ \u2028 \udcff </script> 😀')

    hooked.send(odd)

    assert receiver.accepted[0]["alerts"][0]["subject"] == 'a "b" \\   ? </script> 😀'
