"""Airflow's public API, as far as the local Airflow needs it."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from jobs.airflow_local.errors import ApiError, BusyDatabaseError

TIMEOUT_S = 30.0
# SQLite refuses a write at once where another process has written since the transaction read; it is rolled back then.
LOCKED = "database is locked"
BUSY_S, BUSY_PAUSE_S = 120.0, 0.5
LONGEST_ERROR = 500
# Loopback is never behind a proxy, whatever the environment says.
_OPENER = build_opener(ProxyHandler({}))


class Rest:
    """Requests to an Airflow that has no login; one that SQLite refuses as locked is sent again, for two minutes.

    Attributes:
        base: Address of the server, without a slash at its end.
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self._token: str | None = None

    def get(self, *path: str, **query: Any) -> dict[str, Any]:
        """The answer of `GET /api/v2/<path>`."""
        return self._call("GET", path, None, query)

    def post(self, *path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer of `POST /api/v2/<path>`."""
        return self._call("POST", path, body, {})

    def patch(self, *path: str, body: dict[str, Any], **query: Any) -> dict[str, Any]:
        """The answer of `PATCH /api/v2/<path>`."""
        return self._call("PATCH", path, body, query)

    def health(self) -> dict[str, str]:
        """The state of each part by its name; no token needed.

        Raises:
            ApiError: The server does not answer (yet).
        """
        answer = self._send(Request(f"{self.base}/api/v2/monitor/health"))  # noqa: S310 - loopback
        return {name: str(part.get("status")) for name, part in answer.items() if isinstance(part, dict)}

    def _call(self, method: str, path: tuple[str, ...], body: Any, query: dict[str, Any]) -> dict[str, Any]:
        if self._token is None:
            self._token = str(self._send(Request(f"{self.base}/auth/token"))["access_token"])  # noqa: S310 - loopback
        address = "/".join(quote(part, safe="") for part in path)
        asked = f"?{urlencode(query)}" if query else ""
        request = Request(  # noqa: S310 - loopback
            f"{self.base}/api/v2/{address}{asked}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
            method=method,
        )
        return self._sent_until_written(request)

    def _sent_until_written(self, request: Request) -> dict[str, Any]:
        deadline = time.monotonic() + BUSY_S
        while True:
            try:
                return self._send(request)
            except BusyDatabaseError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(BUSY_PAUSE_S)

    def _send(self, request: Request) -> dict[str, Any]:
        try:
            with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
                return dict(json.load(answer))
        except HTTPError as error:
            answer_text = error.read().decode("utf-8", errors="replace")
            refused = BusyDatabaseError if LOCKED in answer_text else ApiError
            shown = answer_text[:LONGEST_ERROR]
            raise refused(f"{request.get_method()} {request.full_url}: {error.code} {shown}") from error
        except (OSError, ValueError) as error:
            raise ApiError(f"{request.get_method()} {request.full_url}: {error}") from error
