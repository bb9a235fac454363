"""An authority, receivers and mail servers on loopback for every test of alerts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificates import Authority, make_authority
from tests.support.mail_server import MailServer, mailing
from tests.support.webhook_receiver import Receiver, receiving


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The one that signed the certificates of these servers."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def receiver(authority: Authority) -> Iterator[Receiver]:
    """A receiver of webhooks over HTTPS."""
    with receiving(authority.context) as found:
        yield found


@pytest.fixture
def escalations(authority: Authority) -> Iterator[Receiver]:
    """Another one, of those who are asked when nobody has acknowledged."""
    with receiving(authority.context) as found:
        yield found


@pytest.fixture
def mail_server(authority: Authority) -> Iterator[MailServer]:
    """A mail server with STARTTLS and a login."""
    with mailing(MailServer(authority.context)) as found:
        yield found


@pytest.fixture
def plain_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
