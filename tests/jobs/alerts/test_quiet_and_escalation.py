from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobs.alerts.acknowledging import acknowledge
from jobs.alerts.breaker import FIRST_WAIT, LONGEST_WAIT, ChannelState, failed, wait_after
from jobs.alerts.channel_states import channel_views
from jobs.alerts.condition import Severity
from jobs.alerts.observing import open_alerts
from jobs.alerts.quiet import QuietHours
from tests.support.alert_rig import NOON, Rig, all_changes, changes, rig, stale
from tests.support.certificates import Authority
from tests.support.webhook_receiver import Receiver, status

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CRITICAL, INFO = Severity.CRITICAL, Severity.INFO
BERLIN = ZoneInfo("Europe/Berlin")
# In Berlin, an hour ahead of UTC in November.
EVENING = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 29, 5, 1, tzinfo=UTC)


@pytest.fixture
def quiet(tmp_path: Path, authority: Authority, receiver: Receiver) -> Rig:
    """Quiet from ten to six in Berlin."""
    return rig(tmp_path, authority, receiver, quiet_hours="22:00-06:00", quiet_zone="Europe/Berlin")


@pytest.fixture
def escalating(tmp_path: Path, authority: Authority, receiver: Receiver, escalations: Receiver) -> Rig:
    """Escalates after half an hour to another receiver, and after two hours once more."""
    return rig(
        tmp_path,
        authority,
        receiver,
        escalation_1_after=1800,
        escalation_1_webhook_url=escalations.url + "/1",
        escalation_2_after=7200,
        escalation_2_webhook_url=escalations.url + "/2",
    )


@pytest.mark.parametrize(
    ("clock", "is_quiet"), [("21:59", False), ("22:00", True), ("03:00", True), ("05:59", True), ("06:00", False)]
)
def test_quiet_hours_over_midnight(clock: str, is_quiet: bool) -> None:
    hours = QuietHours(time(22), time(6), BERLIN)
    now = datetime.combine(datetime(2026, 7, 1, tzinfo=BERLIN).date(), time.fromisoformat(clock), BERLIN)

    assert hours.hold(now.astimezone(UTC)) is is_quiet


def test_the_night_that_the_clocks_go_back_is_quiet_to_its_end() -> None:
    """On 2026-10-25 the hour from two to three comes twice in Berlin: quiet lasts from 20:00 to 05:00 UTC."""
    hours = QuietHours(time(22), time(6), BERLIN)
    began = datetime(2026, 10, 24, 19, tzinfo=UTC)

    held = [began + number * HOUR for number in range(12) if hours.hold(began + number * HOUR)]

    assert (held[0], held[-1], len(held)) == (began + HOUR, began + 9 * HOUR, 9)


def test_quiet_hours_within_a_day() -> None:
    hours = QuietHours(time(12), time(13), ZoneInfo("UTC"))

    assert [hours.hold(NOON + number * 30 * MINUTE) for number in range(-1, 3)] == [False, True, True, False]


def test_the_night_is_one_summary_in_the_morning_and_says_what_recovered(quiet: Rig, receiver: Receiver) -> None:
    night = EVENING + HOUR
    quiet.send(stale("a"), at=EVENING)
    quiet.send(stale("a"), stale("b"), stale("c"), at=night)
    quiet.send(stale("a"), stale("c"), at=night + HOUR)
    assert receiver.accepted == []

    quiet.send(stale("a"), stale("c"), at=MORNING)

    (summary,) = receiver.accepted
    assert summary["kind"] == "summary"
    assert sorted(changes(summary)) == [("a", "opened"), ("b", "recovered_meanwhile"), ("c", "opened")]
    assert {alert["held_in_quiet_hours"] for alert in summary["alerts"]} == {True}
    assert summary["title"] == "after the quiet hours: 2 opened, 1 recovered meanwhile; the most severe is warning"


def test_what_is_critical_is_never_held_back_nor_its_recovery(quiet: Rig, receiver: Receiver) -> None:
    quiet.send(stale("a", CRITICAL), stale("b"), at=EVENING)
    quiet.send(stale("b"), at=EVENING + HOUR)

    assert all_changes(receiver.accepted) == [[("a", "opened")], [("a", "recovered")]]
    quiet.send(stale("b"), at=MORNING)
    assert all_changes(receiver.accepted)[2:] == [[("b", "opened")]]


def test_a_warning_that_gets_critical_at_night_is_sent(quiet: Rig, receiver: Receiver) -> None:
    quiet.send(stale("a"), at=EVENING - 2 * HOUR)
    quiet.send(stale("a", CRITICAL), at=EVENING)

    assert all_changes(receiver.accepted) == [[("a", "opened")], [("a", "worsened")]]


def test_a_message_that_failed_in_the_evening_waits_and_stops_nothing_critical(quiet: Rig, receiver: Receiver) -> None:
    receiver.last = status(404)
    quiet.send(stale("a"), at=EVENING - HOUR)
    receiver.last = status(200)
    before = len(receiver.requests)

    quiet.send(stale("a"), stale("b", CRITICAL), at=EVENING)
    quiet.send(stale("a"), stale("b", CRITICAL), at=MORNING)

    assert all_changes([request.json for request in receiver.requests[before:]]) == [
        [("b", "opened")],
        [("a", "opened")],
    ]


def test_quiet_hours_are_of_the_plants_time_zone_where_none_is_named(
    tmp_path: Path, authority: Authority, receiver: Receiver
) -> None:
    """The simulated plant is in Berlin: half past nine in the evening, UTC, is half past ten there."""
    quiet = rig(tmp_path, authority, receiver, quiet_hours="22:00-06:00")

    quiet.send(stale("a"), at=EVENING)
    quiet.send(stale("a"), at=EVENING - HOUR)

    assert len(receiver.accepted) == 1


def test_what_nobody_acknowledges_is_escalated_once_for_each_level(
    escalating: Rig, receiver: Receiver, escalations: Receiver
) -> None:
    for minute in range(0, 300, 10):
        escalating.send(stale("a", CRITICAL), at=NOON + minute * MINUTE)
    escalating.send(at=NOON + 301 * MINUTE)

    assert [request.path for request in escalations.requests] == ["/alerts/1", "/alerts/2", "/alerts/1", "/alerts/2"]
    first, second, *recovered = [request.json for request in escalations.requests]
    assert (first["kind"], first["escalation_level"], second["escalation_level"]) == ("escalation", 1, 2)
    assert (first["created_at"], second["created_at"]) == ("2026-11-28T12:30:00+00:00", "2026-11-28T14:00:00+00:00")
    assert all_changes(recovered) == [[("a", "recovered")]] * 2
    assert all_changes(receiver.accepted) == [[("a", "opened")], [("a", "recovered")]]


def test_what_is_acknowledged_is_escalated_only_after_the_acknowledgement_has_ended(
    escalating: Rig, escalations: Receiver
) -> None:
    escalating.send(stale("a"), at=NOON)
    acknowledge(escalating.settings.state, ["table_stale/a"], "Ada", NOON + HOUR, NOON)

    for minute in range(0, 90, 10):
        escalating.send(stale("a"), at=NOON + minute * MINUTE)
    assert escalations.requests == []
    escalating.send(stale("a"), at=NOON + 90 * MINUTE)

    (request,) = escalations.requests
    assert request.json["alerts"][0]["acknowledged_by"] == "Ada"


def test_a_warning_is_escalated_after_the_quiet_hours_and_what_is_critical_at_once(
    tmp_path: Path, authority: Authority, receiver: Receiver, escalations: Receiver
) -> None:
    night = rig(
        tmp_path,
        authority,
        receiver,
        quiet_hours="22:00-06:00",
        quiet_zone="Europe/Berlin",
        escalation_1_after=1800,
        escalation_1_webhook_url=escalations.url,
    )
    for minute in range(0, 9 * 60, 30):
        night.send(stale("a"), stale("b", CRITICAL), at=EVENING + minute * MINUTE)

    assert all_changes([request.json for request in escalations.requests]) == [
        [("b", "escalated")],
        [("a", "escalated")],
    ]
    assert escalations.requests[0].json["created_at"] == (EVENING + 30 * MINUTE).isoformat()
    assert escalations.requests[1].json["kind"] == "summary"


def test_what_comes_again_is_escalated_again(escalating: Rig, escalations: Receiver) -> None:
    escalating.send(stale("a"), at=NOON)
    acknowledge(escalating.settings.state, [], "Ada", NOON + DAY, NOON)
    escalating.send(at=NOON + MINUTE)
    escalating.send(stale("a"), at=NOON + 2 * MINUTE)

    escalating.send(stale("a"), at=NOON + HOUR)

    assert len(escalations.requests) == 1


def test_what_is_only_worth_knowing_is_not_escalated_and_who_was_not_asked_learns_of_no_recovery(
    escalating: Rig, escalations: Receiver
) -> None:
    escalating.send(stale("a", INFO), stale("b"), at=NOON)
    escalating.send(stale("a", INFO), at=NOON + MINUTE)
    escalating.send(stale("a", INFO), at=NOON + DAY)

    assert escalations.requests == []


@pytest.mark.parametrize("ahead", [HOUR, 400 * DAY, 3650 * DAY], ids=str)
def test_a_clock_that_is_set_back_stops_nothing_and_makes_no_storm(
    ahead: timedelta, escalating: Rig, receiver: Receiver, escalations: Receiver
) -> None:
    receiver.last = status(404)
    for number in range(12):
        escalating.send(stale("a"), at=NOON + ahead + number * 2 * HOUR)
    acknowledge(escalating.settings.state, [], "Ada", NOON + ahead + 30 * HOUR, NOON + ahead + 22 * HOUR)
    escalated = len(escalations.requests)
    receiver.last = status(200)
    before = len(receiver.requests)

    for minute in range(0, 180, 10):
        escalating.send(stale("a"), stale("b", CRITICAL), at=NOON + minute * MINUTE)

    delivered = [request.json for request in receiver.requests[before:]]
    assert all_changes(delivered) == [[("a", "opened")], [("b", "opened")]]
    assert [changes(request.json) for request in escalations.requests[escalated:]] == [[("b", "escalated")]] * 2
    held = {alert.condition.key: alert.acknowledgement for alert in open_alerts(escalating.settings.state)}
    assert held["table_stale/a"] is not None
    assert held["table_stale/a"].until == NOON + 8 * HOUR


def test_a_wait_grows_to_its_bound_and_is_never_negative() -> None:
    waits = [wait_after(number, chance) for number in range(40) for chance in (0.0, 0.5, 1.0)]

    assert min(waits) == timedelta(0)
    assert max(waits) == LONGEST_WAIT * 1.2
    assert (wait_after(2, 0.5), wait_after(3, 0.5), wait_after(4, 0.5)) == (timedelta(0), FIRST_WAIT, 2 * FIRST_WAIT)


@pytest.mark.parametrize(
    ("asked", "wait"), [(timedelta(minutes=2), 2 * MINUTE), (100 * DAY, LONGEST_WAIT), (-DAY, timedelta(0))]
)
def test_what_a_receiver_asks_for_is_bounded(asked: timedelta, wait: timedelta) -> None:
    state = failed(ChannelState("webhook"), "busy", NOON, asked)

    assert state.retry_at == (NOON + wait if wait else None)


def test_a_channel_in_quiet_hours_does_not_fail(quiet: Rig) -> None:
    sent = quiet.send(stale("a"), at=EVENING)

    assert not sent.is_failing
    assert {view.state.name: view.waiting for view in channel_views(quiet.settings.state)} == {"log": 0, "webhook": 0}
