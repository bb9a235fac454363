"""A receiver of webhooks on loopback, real sockets and real TLS, that can be told to misbehave."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# The pause between two bytes of an answer that never ends: shorter than any single wait of a client.
DRIP_S = 0.2
# What a receiver does with a request: a status, or something worse.
Answer = Callable[["Handler"], None]


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, read."""
        data: dict[str, Any] = json.loads(self.body)
        return data


@dataclass
class Receiver:
    """What came, and how the next requests are answered: by `answers` in turn, then by `last`."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    last: Answer = lambda handler: handler.status(204)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """The bodies, each delivery id once: what a receiver that drops repeated messages has."""
        return list({request.headers["assay-delivery"]: request.json for request in self.requests}.values())


class Handler(BaseHTTPRequestHandler):
    """Takes each request down and answers as the receiver says."""

    receiver: Receiver

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.requests.append(Request(self.command, self.path, headers, body))
        answer = self.receiver.answers.pop(0) if self.receiver.answers else self.receiver.last
        answer(self)

    do_GET = do_POST  # noqa: N815  # the name that the standard library calls

    def status(self, code: int, body: bytes = b"", **headers: str) -> None:
        """Answer properly."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the standard library
        """Say nothing."""


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """Answer with a status."""
    return lambda handler: handler.status(code, body, **headers)


def garbage(handler: Handler) -> None:
    """Answer with what is no HTTP."""
    handler.wfile.write(b"\x00\xff no http at all\r\n\r\n")


def hang_up(handler: Handler) -> None:
    """Take the request and end the connection."""
    handler.connection.close()


def silent(handler: Handler) -> None:
    """Never answer."""
    handler.receiver.released.wait(120)


def drip(handler: Handler) -> None:
    """Answer one byte now and then, so that no single wait is long."""
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 4000:
        if handler.receiver.released.wait(DRIP_S):
            return
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()


@contextmanager
def receiving(context: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Receiver]:
    """A receiver that runs, with TLS where a context is given."""
    receiver = Receiver()
    handler = type("OneHandler", (Handler,), {"receiver": receiver})
    server = _Server(("127.0.0.1", port), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    receiver.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}/alerts"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of the test."""
