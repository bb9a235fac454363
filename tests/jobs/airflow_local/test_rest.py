"""Requests to Airflow's API: sent again while SQLite is locked, and for no other error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from jobs.airflow_local import rest
from jobs.airflow_local.errors import ApiError, BusyDatabaseError
from jobs.airflow_local.rest import Rest

# As Airflow 3.3.2 answers where `[api] expose_stacktrace` is set.
LOCKED = {"detail": {"reason": "Database error", "orig_error": "database is locked", "message": "x" * 600}}
OTHER = {"detail": {"reason": "Database error", "orig_error": "no such table: dag", "message": ""}}


class Api(ThreadingHTTPServer):
    """Answers each request with the next of its answers; the last one again and again."""

    def __init__(self, *answers: tuple[int, object]) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers = list(answers)
        self.requests: list[str] = []


class Answering(BaseHTTPRequestHandler):
    """A token for whoever asks, then the answers of the server."""

    server: Api

    def do_GET(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        self._answer(200, {"access_token": "token"})

    def do_PATCH(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(f"{self.command} {self.path}")
        answers = self.server.answers
        self._answer(*(answers.pop(0) if len(answers) > 1 else answers[0]))

    def _answer(self, code: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Api]]:
    opened: list[Api] = []
    monkeypatch.setattr(rest, "BUSY_PAUSE_S", 0.01)

    def started(*answers: tuple[int, object]) -> Api:
        opened.append(Api(*answers))
        Thread(target=opened[-1].serve_forever, daemon=True).start()
        return opened[-1]

    yield started
    for api in opened:
        api.shutdown()
        api.server_close()


def patched(api: Api) -> dict[str, object]:
    return Rest(f"http://127.0.0.1:{api.server_address[1]}").patch("dags", "ingest_hourly", body={"is_paused": False})


def test_what_a_locked_database_refused_is_sent_again(serve: Callable[..., Api]) -> None:
    api = serve((500, LOCKED), (500, LOCKED), (200, {"is_paused": False}))

    assert patched(api) == {"is_paused": False}
    assert api.requests == ["GET /auth/token", *["PATCH /api/v2/dags/ingest_hourly"] * 3]


def test_another_error_of_the_database_is_raised_at_once(serve: Callable[..., Api]) -> None:
    api = serve((500, OTHER), (200, {}))

    with pytest.raises(ApiError, match="no such table"):
        patched(api)
    assert len(api.requests) == 2


def test_a_database_that_is_locked_for_too_long_is_an_error(
    serve: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "BUSY_S", 0.05)

    with pytest.raises(BusyDatabaseError, match="500"):
        patched(serve((500, LOCKED)))
