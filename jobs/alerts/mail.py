"""Mail: a message as plain text, by SMTP over TLS."""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from jobs.alerts.condition import one_line
from jobs.alerts.delivery import DeliveryError, bounded
from jobs.alerts.http_call import TIMEOUT_S, trust
from jobs.alerts.message import Message

_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mail server and who is written to.

    Attributes:
        host: The server.
        port: Its port.
        security: `starttls`, `tls`, or `none`, which the settings allow to this machine only.
        sender: Address of the sender.
        recipients: Addresses of the recipients.
        login: User and password; None where the server asks for none.
        ca_file: Certificates that are trusted instead of the system's.
    """

    host: str
    port: int
    security: str
    sender: str
    recipients: tuple[str, ...]
    login: tuple[str, str] | None = None
    ca_file: Path | None = None

    def deliver(self, message: Message, within_s: float) -> str:
        """Hand the mail to the server once; returns which recipients it refused, if it took others.

        Raises:
            DeliveryError: The server did not take it.
        """
        where = f"{self.host}:{self.port}"
        try:
            refused = bounded(lambda: self._send(mail_of(message, self.sender, self.recipients)), within_s)
        except ssl.SSLCertVerificationError as error:
            raise DeliveryError(f"{where}: its certificate is not trusted: {error.verify_message}") from error
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryError(f"{where}: the login was refused ({error.smtp_code})") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise DeliveryError(f"{where}: every recipient was refused: {_answers(error.recipients)}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(f"{where}: {error}; without it nothing is sent") from error
        except TimeoutError as error:
            raise DeliveryError(f"{where}: no answer within {TIMEOUT_S:.0f} s") from error
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise DeliveryError(f"{where}: {_reason(error)}", is_brief=not _is_final(error)) from error
        return f"{where} refused {_answers(refused)}" if refused else ""

    def _send(self, mail: EmailMessage) -> dict[str, tuple[int, bytes]]:
        # The own name is given: looking it up may take longer than the delivery.
        name = socket.gethostname()
        if self.security == "tls":
            context = trust(self.ca_file)
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, local_hostname=name, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, local_hostname=name, timeout=TIMEOUT_S)
        try:
            if self.security == "starttls":
                server.starttls(context=trust(self.ca_file))
            if self.login is not None:
                server.login(*self.login)
            refused = server.send_message(mail, self.sender, list(self.recipients))
            with suppress(smtplib.SMTPException, OSError):  # the mail is taken, however the good-bye goes
                server.quit()
            return refused
        finally:
            server.close()


def mail_of(message: Message, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The mail of a message. The same message is the same mail, so that a mail store can drop a repeated one."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = one_line(f"[assay] {message.title}", _LONGEST_TITLE)
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.delivery_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Assay-Delivery"] = message.delivery_id
    mail.set_content(message.text + "\n")
    return mail


def _answers(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{who} ({code} {text.decode('utf-8', 'replace')})" for who, (code, text) in refused.items())


def _reason(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        return f"{error.smtp_code} {answer.decode('utf-8', 'replace') if isinstance(answer, bytes) else answer}"
    return str(error) or type(error).__name__


def _is_final(error: BaseException) -> bool:
    """Whether the server has answered that it will not take this mail, whenever it is asked (RFC 5321 4.2.1: 5yz)."""
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500
