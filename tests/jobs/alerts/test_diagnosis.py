from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.alerts.store import FILE
from jobs.diagnosis.alerting import alerts
from jobs.diagnosis.diagnose import diagnose
from jobs.diagnosis.finding import Finding, Level
from jobs.runtime.settings import Settings
from tests.support.alert_rig import rig, stale
from tests.support.certificates import Authority
from tests.support.webhook_receiver import Receiver, status


def of_alerts(settings: Settings) -> list[tuple[Level, str]]:
    return [(finding.level, finding.found) for finding in alerts(settings)]


def test_channels_that_work_are_named(tmp_path: Path, authority: Authority, receiver: Receiver) -> None:
    assert of_alerts(Settings(state=tmp_path)) == [(Level.OK, "go to the log")]
    assert of_alerts(rig(tmp_path, authority, receiver).settings) == [(Level.OK, "go to the log, webhook")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("sends", "level"), [(1, Level.WARN), (3, Level.FAIL)], ids=["once", "for a while"])
def test_a_channel_that_fails_is_named(
    tmp_path: Path, authority: Authority, receiver: Receiver, sends: int, level: Level
) -> None:
    receiver.last = status(404)
    hooked = rig(tmp_path, authority, receiver)
    for _ in range(sends):
        hooked.send(stale(), at=datetime.now(UTC))

    failing, _ = alerts(hooked.settings)

    assert failing.level is level
    assert failing.found.startswith("webhook fails, 1 messages wait: https://127.0.0.1")


def test_wrong_settings_and_a_damaged_store_are_named(tmp_path: Path, authority: Authority, receiver: Receiver) -> None:
    (wrong,) = alerts(rig(tmp_path, authority, mail_to=("a@b.example",)).settings)
    (tmp_path / FILE).write_bytes(b"garbage" * 1000)
    (damaged,) = alerts(rig(tmp_path, authority, receiver).settings)

    assert (wrong.level, damaged.level) == (Level.WARN, Level.FAIL)
    assert "alerts.mail_server is not set" in wrong.found
    assert "the next `assay alerts send` moves it aside" in damaged.found


def test_the_doctor_looks_at_alerts(tmp_path: Path) -> None:
    folder = tmp_path
    settings = Settings(lake=folder / "lake", landing=folder / "in", state=folder / "state", keys=folder / "keys")

    found = [finding for finding in diagnose(settings) if finding.subject == "alerts"]

    assert found == [
        Finding(
            "alerts",
            Level.OK,
            "go to the log",
            "[alerts] in assay.toml adds a webhook and mail, see docs/alerts.md",
        )
    ]
