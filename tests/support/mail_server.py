"""A small real mail server on loopback: SMTP with STARTTLS or TLS, and a login. It can be told to misbehave."""

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Post:
    """One mail that was taken: whether TLS and a login were in force, envelope and content."""

    is_encrypted: bool
    user: str
    sender: str
    recipients: list[str]
    data: bytes

    @property
    def mail(self) -> EmailMessage:
        """The content, read."""
        mail = message_from_bytes(self.data, policy=default)
        assert isinstance(mail, EmailMessage)
        return mail


@dataclass
class MailServer:
    """What came, and how the server behaves."""

    context: ssl.SSLContext | None = None
    is_tls: bool = False
    offers_starttls: bool = True
    user: str = "assay"
    password: str = "let-me-in"
    refused: set[str] = field(default_factory=set)
    greeting: bytes = b"220 mail.test ESMTP\r\n"
    answer_to_data: bytes = b"250 taken\r\n"
    closes_before_quit: bool = False
    port: int = 0
    posts: list[Post] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """As the setting has it."""
        return f"127.0.0.1:{self.port}"


@contextmanager
def mailing(server: MailServer) -> Iterator[MailServer]:
    """The server, running."""
    with socket.create_server(("127.0.0.1", server.port)) as listener:
        server.port = listener.getsockname()[1]
        ended = threading.Event()
        thread = threading.Thread(target=_serve, args=(listener, server, ended))
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=60):
                pass
            thread.join()


def _serve(listener: socket.socket, server: MailServer, ended: threading.Event) -> None:
    while not ended.is_set():
        connection, _ = listener.accept()
        if ended.is_set():
            connection.close()
            return
        threading.Thread(target=_guarded, args=(connection, server), daemon=True).start()


def _guarded(connection: socket.socket, server: MailServer) -> None:
    with suppress(OSError, ValueError):
        _Session(connection, server).talk()


class _Session:
    def __init__(self, connection: socket.socket, server: MailServer) -> None:
        connection.settimeout(60)
        self._socket, self._server = connection, server
        self._is_encrypted = False
        if server.is_tls:
            self._encrypt()
        self._user = self._sender = ""
        self._recipients: list[str] = []
        self._file = self._socket.makefile("rb")

    def talk(self) -> None:
        self._socket.sendall(self._server.greeting)
        while line := self._file.readline():
            text = line.decode().strip()
            self._server.lines.append(text)
            verb = text.split(" ")[0].upper()
            if verb == "QUIT":
                self._say("221 bye")
                break
            self._do(verb, text)
        self._socket.close()

    def _do(self, verb: str, text: str) -> None:
        argument = text[text.find(":") + 1 :].strip().split(" ")[0].strip("<>")
        match verb:
            case "EHLO":
                self._greet()
            case "STARTTLS" if self._server.offers_starttls:
                self._say("220 go ahead")
                self._encrypt()
                self._file = self._socket.makefile("rb")
            case "AUTH":
                self._login(text)
            case "MAIL":
                self._sender, self._recipients = argument, []
                self._say("250 ok")
            case "RCPT":
                is_refused = argument in self._server.refused
                if not is_refused:
                    self._recipients.append(argument)
                self._say("550 nobody of that name" if is_refused else "250 ok")
            case "DATA":
                self._take()
            case "RSET" | "NOOP":
                self._say("250 ok")
            case _:
                self._say("502 not here")

    def _greet(self) -> None:
        offers = ["mail.test"]
        if self._server.offers_starttls and not self._is_encrypted:
            offers.append("STARTTLS")
        if self._is_encrypted:
            offers.append("AUTH PLAIN")
        for number, offer in enumerate(offers, 1):
            self._say(f"250{' ' if number == len(offers) else '-'}{offer}")

    def _login(self, text: str) -> None:
        _, user, password = base64.b64decode(text.split(" ")[2]).decode().split("\0")
        if (user, password) == (self._server.user, self._server.password):
            self._user = user
            self._say("235 welcome")
        else:
            self._say("535 no")

    def _take(self) -> None:
        self._say("354 end with a dot")
        lines = []
        while (line := self._file.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        post = Post(self._is_encrypted, self._user, self._sender, self._recipients, b"".join(lines))
        if self._server.answer_to_data.startswith(b"250"):
            self._server.posts.append(post)
        self._socket.sendall(self._server.answer_to_data)
        if self._server.closes_before_quit:
            self._socket.shutdown(socket.SHUT_RDWR)

    def _encrypt(self) -> None:
        assert self._server.context is not None
        self._socket = self._server.context.wrap_socket(self._socket, server_side=True)
        self._is_encrypted = True

    def _say(self, text: str) -> None:
        self._socket.sendall(text.encode() + b"\r\n")
