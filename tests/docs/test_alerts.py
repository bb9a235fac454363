"""The page on alerts: its settings load, its message and heartbeat are those that are sent, its snippet verifies."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobs.alerts.channels import channels
from jobs.alerts.condition import Severity
from jobs.alerts.items import Change
from jobs.alerts.message import MOST_NAMED
from jobs.alerts.observing import MOST_OPEN
from jobs.runtime.alert_keys import ALERT_KEYS
from jobs.runtime.settings import load_settings
from tests.support.alert_rig import SECRET, rig, stale
from tests.support.certificates import Authority, make_authority
from tests.support.webhook_receiver import Receiver, receiving

REPO = Path(__file__).parents[2]
PAGE = (REPO / "docs/alerts.md").read_text(encoding="utf-8")


def block(language: str, number: int = 0) -> str:
    """A fenced block of the page."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)
    return str(found[number])


def column(head: str) -> list[str]:
    """What stands between backticks in the first cells of the table whose heading is `head`."""
    lines = PAGE[PAGE.index(f"\n| {head} |") + 1 :].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [name for line in lines for name in re.findall(r"`([^`]+)`", line.split("|")[1])]


@pytest.fixture(scope="module")
def own_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def sent(tmp_path: Path, own_authority: Authority) -> Receiver:
    """A receiver that was sent one alert and a heartbeat."""
    with receiving(own_authority.context) as receiver:
        rig(tmp_path, own_authority, receiver, heartbeat_url=receiver.url + "/beat").send(stale())
    return receiver


def fields(value: Any, lead: str = "") -> set[str]:
    """The names of all fields, as the page writes them."""
    found = {f"{lead}{name}" for name in value}
    for each in value.get("alerts", []) if not lead else []:
        found |= fields(each, "alerts[].")
    return found


def test_its_settings_load_and_configure_channels(tmp_path: Path) -> None:
    file = tmp_path / "assay.toml"
    file.write_text("\n".join(line.removeprefix("   ") for line in block("toml").splitlines()))
    secret = tmp_path / "webhook_secret"
    secret.write_text("0" * 64 + "\n")
    secret.chmod(0o600)

    settings = load_settings({"ASSAY_ALERTS_MAIL_PASSWORD": "x"}, file=file)

    assert [channel.name for channel in channels(settings)] == ["webhook", "mail", "escalation_1_mail"]
    assert set(tomllib.loads(file.read_text())["alerts"]) <= set(ALERT_KEYS)


def test_its_message_has_the_fields_that_are_sent(sent: Receiver) -> None:
    posted = sent.requests[0].json

    assert fields(json.loads(block("json"))) == fields(posted) == set(column("field")) - {"more[]"}
    assert set(json.loads(block("json"))["counts"]) == set(posted["counts"]) == {change.value for change in Change}


def test_its_snippet_tells_our_messages_from_others(sent: Receiver) -> None:
    space: dict[str, Any] = {}
    exec(compile(block("python"), "docs/alerts.md", "exec"), space)
    is_ours: Callable[..., bool] = space["is_ours"]
    request = sent.requests[0]
    header = request.headers["assay-signature"]
    at = int(header.partition(",")[0].removeprefix("t="))

    assert is_ours(SECRET, header, request.body, at)
    assert not is_ours("another secret", header, request.body, at)
    assert not is_ours(SECRET, header, request.body + b" ", at)
    assert not is_ours(SECRET, header, request.body, at + 301)
    assert not is_ours(SECRET, header.replace(f"t={at}", f"t={at + 1}"), request.body, at)


def test_its_heartbeat_has_the_fields_that_are_sent(sent: Receiver) -> None:
    table = PAGE[PAGE.index("## The dead man's switch") :]
    listed = [
        name for line in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", line)
    ]

    beat = sent.requests[1].json

    assert listed[: len(beat)] == list(beat)


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"The first {MOST_NAMED} are named" in PAGE
    assert f"at most {MOST_NAMED} |" in PAGE
    assert f"More than {MOST_OPEN:,} open alerts" in PAGE


def test_every_kind_of_alert_is_listed_with_its_severity() -> None:
    """Kinds are literals in the code that makes conditions."""
    made = set()
    for path in (REPO / "jobs/alerts").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        made |= set(re.findall(r'\bkind="([a-z_]+)"', text)) | set(re.findall(r'"((?:dag_run|gate|job)_\w+)"\)', text))
        made |= set(re.findall(r'^(?:KIND|FOLDED) = "([a-z_]+)"', text, re.MULTILINE))
    for path in (REPO / "jobs/status/messages").glob("*.py"):
        made |= set(re.findall(r'"([a-z_]+)/', path.read_text(encoding="utf-8"))) - {"dag_failed"}
    lines = PAGE[PAGE.index("\n| kind | severity |") :].splitlines()[3:]
    listed = {line.split("`")[1]: line.split("|")[2].strip() for line in lines if line.startswith("| `")}

    assert made <= set(listed)
    words = {severity.word for severity in Severity}
    assert set(listed.values()) <= words | {"info or warning", "warning or critical", "that of the most severe"}
