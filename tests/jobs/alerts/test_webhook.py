import hashlib
import hmac
import re
from datetime import timedelta
from pathlib import Path

import pytest

from jobs.alerts.condition import Severity
from jobs.alerts.delivery import DeliveryError
from jobs.alerts.message import Message
from jobs.alerts.webhook import Webhook, signature
from tests.support.certificates import Authority, make_authority
from tests.support.webhook_receiver import Answer, Receiver, drip, garbage, hang_up, receiving, silent, status

SECRET = "a secret of a test"
MESSAGE = Message("5b4f", Severity.CRITICAL, '{"title": "Grüße"}')


def webhook(receiver: Receiver, authority: Authority) -> Webhook:
    return Webhook(receiver.url, SECRET, authority.ca_file)


def test_a_message_is_posted_signed(receiver: Receiver, authority: Authority) -> None:
    webhook(receiver, authority).deliver(MESSAGE, 30)

    (request,) = receiver.requests
    assert (request.method, request.path, request.body.decode()) == ("POST", "/alerts", MESSAGE.body)
    assert request.headers["assay-delivery"] == "5b4f"
    seconds, digest = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", request.headers["assay-signature"]).groups()  # type: ignore[union-attr] # None fails the test
    assert digest == hmac.new(SECRET.encode(), seconds.encode() + b"." + request.body, hashlib.sha256).hexdigest()


def test_the_signature_is_the_documented_one() -> None:
    """The digest was made with `printf '1700000000.{}' | openssl dgst -sha256 -hmac 'a secret of a test'`."""
    digest = "22bc493f8e8f8fd1c9cb385a0d6e8e157afe0d6208ed8cc563ab7984d8363c81"

    assert signature(SECRET, 1_700_000_000, b"{}") == f"t=1700000000,v1={digest}"


@pytest.mark.parametrize(
    ("answer", "said", "is_brief"),
    [
        (status(500, b"oh"), "answered 500: oh", True),
        (status(503, Retry_After="120"), "answered 503", False),
        (status(400, b"\xff\x00"), "answered 400", False),
        (status(404), "answered 404", False),
        (status(302, Location="https://elsewhere.example/"), "answered 302, a redirect, and none is followed", False),
        (garbage, "no http at all|127", True),
        (hang_up, "127", True),
    ],
    ids=["500", "503", "400", "404", "redirect", "garbage", "hang up"],
)
def test_whatever_is_no_yes_is_an_error(
    receiver: Receiver, authority: Authority, answer: Answer, said: str, is_brief: bool
) -> None:
    receiver.last = answer

    with pytest.raises(DeliveryError, match=said) as error:
        webhook(receiver, authority).deliver(MESSAGE, 30)

    assert error.value.is_brief is is_brief
    assert len(receiver.requests) == 1


def test_how_long_the_receiver_wants_to_be_left_alone_is_heeded(receiver: Receiver, authority: Authority) -> None:
    receiver.last = status(429, Retry_After="120")

    with pytest.raises(DeliveryError) as error:
        webhook(receiver, authority).deliver(MESSAGE, 30)

    assert error.value.asked == timedelta(seconds=120)


def test_a_redirect_reaches_no_other_host(receiver: Receiver, escalations: Receiver, authority: Authority) -> None:
    receiver.last = status(307, Location=escalations.url)

    with pytest.raises(DeliveryError, match="redirect"):
        webhook(receiver, authority).deliver(MESSAGE, 30)

    assert escalations.requests == []


@pytest.mark.parametrize("answer", [silent, drip])
def test_a_slow_receiver_is_given_up(receiver: Receiver, authority: Authority, answer: Answer) -> None:
    receiver.last = answer

    with pytest.raises(DeliveryError, match="no answer within"):
        webhook(receiver, authority).deliver(MESSAGE, 1)


def test_a_large_answer_is_not_read_to_its_end(receiver: Receiver, authority: Authority) -> None:
    receiver.last = status(200, b"x" * 5_000_000)

    webhook(receiver, authority).deliver(MESSAGE, 30)


def test_a_certificate_of_another_authority_is_refused(receiver: Receiver, tmp_path: Path) -> None:
    other = make_authority(tmp_path)

    for ca_file in (other.ca_file, None):
        with pytest.raises(DeliveryError, match="certificate is not trusted"):
            Webhook(receiver.url, SECRET, ca_file).deliver(MESSAGE, 30)

    assert receiver.requests == []


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    other = make_authority(tmp_path, host="127.0.0.2")

    with receiving(other.context) as receiver, pytest.raises(DeliveryError, match="certificate is not trusted"):
        Webhook(receiver.url, SECRET, other.ca_file).deliver(MESSAGE, 30)


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["not there", "garbage"])
def test_a_bad_file_of_authorities_is_named(receiver: Receiver, tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / "ca.pem").write_text(content)

    with pytest.raises(DeliveryError, match=r"ca\.pem cannot be used"):
        Webhook(receiver.url, SECRET, tmp_path / "ca.pem").deliver(MESSAGE, 30)


def test_nothing_that_may_be_secret_is_in_an_error(authority: Authority) -> None:
    url = "https://127.0.0.1:1/services/HIDDEN?token=HIDDEN"

    with pytest.raises(DeliveryError) as error:
        Webhook(url, SECRET, authority.ca_file).deliver(MESSAGE, 30)

    assert "HIDDEN" not in str(error.value)
    assert "https://127.0.0.1:1/***" in str(error.value)


def test_plain_http_to_this_machine_works() -> None:
    with receiving() as receiver:
        Webhook(receiver.url, SECRET).deliver(MESSAGE, 30)

    assert len(receiver.requests) == 1
