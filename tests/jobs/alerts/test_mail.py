import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.alerts.condition import Severity
from jobs.alerts.delivery import DeliveryError
from jobs.alerts.mail import Mailbox, mail_of
from jobs.alerts.message import Message
from tests.support.certificates import Authority, make_authority
from tests.support.mail_server import MailServer, mailing

BODY = {
    "title": "CRITICAL opened: Prüfstand 7\r\nBcc: evil@example.com",
    "text": "CRITICAL opened: Prüfstand 7\n.\n  run it",
    "created_at": "2026-11-28T19:00:00+00:00",
}
MESSAGE = Message("5b4f", Severity.CRITICAL, json.dumps(BODY))


def mailbox(server: MailServer, authority: Authority) -> Mailbox:
    return Mailbox(
        host="127.0.0.1",
        port=server.port,
        security="tls" if server.is_tls else "starttls",
        sender="assay@plant.example",
        recipients=("ops@plant.example", "boss@plant.example"),
        login=("assay", "let-me-in"),
        ca_file=authority.ca_file,
    )


@pytest.fixture(params=[False, True], ids=["starttls", "tls"])
def server(request: pytest.FixtureRequest, authority: Authority) -> Iterator[MailServer]:
    with mailing(MailServer(authority.context, is_tls=request.param)) as found:
        yield found


def test_a_mail_goes_encrypted_and_with_a_login(server: MailServer, authority: Authority) -> None:
    said = mailbox(server, authority).deliver(MESSAGE, 60)

    (post,) = server.posts
    assert (post.is_encrypted, post.user, said) == (True, "assay", "")
    assert (post.sender, post.recipients) == ("assay@plant.example", ["ops@plant.example", "boss@plant.example"])
    assert post.mail["Subject"] == "[assay] CRITICAL opened: Prüfstand 7 Bcc: evil@example.com"
    assert post.mail["Bcc"] is None
    assert post.mail["Message-ID"] == "<5b4f@plant.example>"
    assert post.mail.get_content().splitlines() == BODY["text"].splitlines()


def test_a_repeated_mail_is_the_same_mail() -> None:
    mails = [mail_of(MESSAGE, "a@b.example", ("c@d.example",)).as_bytes() for _ in range(2)]

    assert mails[0] == mails[1]


def test_without_starttls_nothing_is_sent(authority: Authority) -> None:
    with (
        mailing(MailServer(authority.context, offers_starttls=False)) as server,
        pytest.raises(DeliveryError, match="STARTTLS extension not supported"),
    ):
        mailbox(server, authority).deliver(MESSAGE, 60)

    assert server.posts == []
    assert not [line for line in server.lines if line.startswith(("MAIL", "AUTH"))]


def test_an_untrusted_certificate_is_refused(server: MailServer, tmp_path: Path) -> None:
    other = make_authority(tmp_path)

    with pytest.raises(DeliveryError, match="certificate is not trusted"):
        mailbox(server, other).deliver(MESSAGE, 60)

    assert not [line for line in server.lines if line.startswith(("MAIL", "AUTH"))]


def test_a_refused_login_is_named_without_the_password(server: MailServer, authority: Authority) -> None:
    box = dataclasses.replace(mailbox(server, authority), login=("assay", "HIDDEN"))

    with pytest.raises(DeliveryError, match="the login was refused") as error:
        box.deliver(MESSAGE, 60)

    assert "HIDDEN" not in str(error.value)
    assert server.posts == []


def test_a_refused_recipient_is_named_and_the_others_get_the_mail(server: MailServer, authority: Authority) -> None:
    server.refused = {"boss@plant.example"}

    said = mailbox(server, authority).deliver(MESSAGE, 60)

    assert "boss@plant.example (550 nobody of that name)" in said
    assert server.posts[0].recipients == ["ops@plant.example"]


def test_without_any_recipient_it_is_an_error(server: MailServer, authority: Authority) -> None:
    server.refused = {"ops@plant.example", "boss@plant.example"}

    with pytest.raises(DeliveryError, match="every recipient was refused"):
        mailbox(server, authority).deliver(MESSAGE, 60)


def test_a_mail_that_was_taken_is_taken_however_the_session_ends(server: MailServer, authority: Authority) -> None:
    server.closes_before_quit = True

    mailbox(server, authority).deliver(MESSAGE, 60)

    assert len(server.posts) == 1


@pytest.mark.parametrize(
    ("answer", "is_brief"), [(b"452 full\r\n", True), (b"554 no\r\n", False)], ids=["for now", "for ever"]
)
def test_content_that_is_refused_is_an_error(
    server: MailServer, authority: Authority, answer: bytes, is_brief: bool
) -> None:
    server.answer_to_data = answer

    with pytest.raises(DeliveryError, match=answer[:3].decode()) as error:
        mailbox(server, authority).deliver(MESSAGE, 60)

    assert error.value.is_brief is is_brief


def test_a_server_that_says_nothing_is_given_up(authority: Authority) -> None:
    with mailing(MailServer(authority.context, greeting=b"")) as server, pytest.raises(DeliveryError, match="within"):
        mailbox(server, authority).deliver(MESSAGE, 1)


def test_a_server_that_says_garbage_is_an_error(authority: Authority) -> None:
    with (
        mailing(MailServer(authority.context, greeting=b"\xff\xfe garbage\r\n")) as server,
        pytest.raises(DeliveryError, match=r"127\.0\.0\.1"),
    ):
        mailbox(server, authority).deliver(MESSAGE, 60)
